//go:build !race

package main

const (
	largestRecording = 1 << 40 // bytes of a file of dated text
	leastEvents      = 150_000 // in all recordings
)
