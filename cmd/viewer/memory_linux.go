package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// giveBack lets the system forget the pages of a part of this program's file,
// which nobody writes to: whoever reads it again gets it from the file. Anything
// else in memory is left alone.
func giveBack(b []byte) {
	if len(b) == 0 {
		return
	}
	page := uintptr(os.Getpagesize())
	start := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	from, to := (start+page-1)&^(page-1), (start+uintptr(len(b)))&^(page-1)
	if from >= to || !ofAFile(from, to) {
		return
	}
	inside := b[from-start : to-start]
	_ = unix.Madvise(inside, unix.MADV_DONTNEED) // then they just stay
}

// ofAFile reports whether a file is mapped to all of a piece of memory.
func ofAFile(from, to uintptr) bool {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var first, end uintptr
		var mode, offset, device string
		var inode uint64
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %d", &first, &end, &mode, &offset, &device, &inode); n == 6 && first <= from && to <= end {
			return inode != 0 && strings.HasSuffix(mode, "p")
		}
	}
	return false
}
