package main

import (
	"syscall"
	"time"
)

// cpuTime is what the calling thread and the process have used.
func cpuTime() (thread, process time.Duration) {
	const ofThread = 1 // RUSAGE_THREAD
	return used(ofThread), used(syscall.RUSAGE_SELF)
}

func used(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
