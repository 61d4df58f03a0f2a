#include <stddef.h>

// A connection that runs recorded statements again.
typedef struct limit limit;
limit *limit_open(const char *path);
// limit_prepare sets what statement i is; it is prepared when it first runs.
void limit_prepare(limit *, int i, const char *sql);
// limit_run runs statements until so many were of the number commit. A statement
// is its number (1 byte) and its values: 'n'; 'i', 8 bytes; 't' or 'b', length
// (4 bytes), bytes. It returns how many bytes were used, or -1; see limit_error.
long limit_run(limit *, const char *data, size_t size, int commit, int commits);
const char *limit_error(limit *);
void limit_close(limit *);
