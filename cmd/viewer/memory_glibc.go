//go:build linux && cgo

package main

/*
#include <malloc.h>

#ifdef __GLIBC__
static void spare(void) {
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TRIM_THRESHOLD, 128 << 10);
}
static void trim(void) { malloc_trim(0); }
#else
static void spare(void) {}
static void trim(void) {}
#endif
*/
import "C"

// spareC tells the C library, which SQLite and OpenGL take their memory from,
// to keep little that is free: by itself it has a pool for each of up to eight
// threads a processor, and after a large picture was freed once it gives large
// pieces back no more. It goes before the first thread beside Go's own.
func spareC() { C.spare() }

// trimC gives back what the C library has free.
func trimC() { C.trim() }
