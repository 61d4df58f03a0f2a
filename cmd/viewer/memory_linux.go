package main

import (
	"bufio"
	"fmt"
	"io"
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

// giveBackCode lets the system forget which code has run so far: what runs again
// it gets from the files, of which it keeps what is used. Code that was changed in
// memory is left alone.
func giveBackCode() {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	for _, c := range unchangedCode(f) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, c.from, c.to-c.from, unix.MADV_DONTNEED) // else it just stays
	}
}

// span is a piece of memory.
type span struct{ from, to uintptr }

// unchangedCode reads from a list of what is mapped (proc_pid_smaps(5)) where the
// code of files is that nobody can write to, and of which no page is another than
// in its file.
func unchangedCode(smaps io.Reader) []span {
	var found []span
	code, here := false, span{}
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		line := lines.Text()
		var head span
		var mode, offset, device string
		var inode uint64
		if n, _ := fmt.Sscanf(line, "%x-%x %s %s %s %d", &head.from, &head.to, &mode, &offset, &device, &inode); n == 6 {
			here, code = head, mode == "r-xp" && inode != 0
		} else if own, ok := strings.CutPrefix(line, "Anonymous:"); ok && code && strings.TrimSpace(own) == "0 kB" {
			found = append(found, here)
		}
	}
	return found
}
