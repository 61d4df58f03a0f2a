// The same rows as the archive's, by prepared statements in C: what SQLite alone
// needs for them. Nothing is allocated or copied on the way.
#include "limit.h"

#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

struct limit {
	sqlite3 *db;
	const char *error;
	char *sql[256];
	sqlite3_stmt *stmt[256];
	int values[256];
	int script[256]; // several statements
};

limit *limit_open(const char *path) {
	limit *l = calloc(1, sizeof *l);
	if (l && sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		sqlite3_close(l->db);
		free(l);
		return NULL;
	}
	return l;
}

void limit_prepare(limit *l, int i, const char *sql) { l->sql[i] = strdup(sql); }

static const char *bind(sqlite3_stmt *s, int n, const char *p) {
	for (int i = 1; i <= n; i++) {
		char type = *p++;
		if (type == 'n') {
			sqlite3_bind_null(s, i);
		} else if (type == 'i') {
			sqlite3_int64 v;
			memcpy(&v, p, 8), p += 8;
			sqlite3_bind_int64(s, i, v);
		} else {
			int len;
			memcpy(&len, p, 4), p += 4;
			if (type == 't')
				sqlite3_bind_text(s, i, p, len, SQLITE_STATIC);
			else
				sqlite3_bind_blob(s, i, p, len, SQLITE_STATIC);
			p += len;
		}
	}
	return p;
}

long limit_run(limit *l, const char *data, size_t size, int commit, int commits) {
	const char *p = data, *end = data + size;
	while (p < end && commits > 0) {
		int i = (unsigned char)*p++, rc;
		if (!l->stmt[i]) {
			if (sqlite3_prepare_v3(l->db, l->sql[i], -1, SQLITE_PREPARE_PERSISTENT, &l->stmt[i], NULL) != SQLITE_OK) {
				l->error = sqlite3_errmsg(l->db);
				return -1;
			}
			l->values[i] = sqlite3_bind_parameter_count(l->stmt[i]);
			l->script[i] = strchr(l->sql[i], ';') != NULL;
		}
		if (l->script[i]) {
			if (sqlite3_exec(l->db, l->sql[i], NULL, NULL, NULL) != SQLITE_OK) {
				l->error = sqlite3_errmsg(l->db);
				return -1;
			}
			continue;
		}
		p = bind(l->stmt[i], l->values[i], p);
		while ((rc = sqlite3_step(l->stmt[i])) == SQLITE_ROW) {}
		if (rc != SQLITE_DONE) {
			l->error = sqlite3_errmsg(l->db);
			return -1;
		}
		sqlite3_reset(l->stmt[i]);
		commits -= i == commit;
	}
	return (long)(p - data);
}

const char *limit_error(limit *l) { return l->error; }

void limit_close(limit *l) {
	for (int i = 0; i < 256; i++) {
		sqlite3_finalize(l->stmt[i]);
		free(l->sql[i]);
	}
	sqlite3_close(l->db);
	free(l);
}
