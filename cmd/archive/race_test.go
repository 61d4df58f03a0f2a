//go:build race

package main

// The race detector makes the archive ten times slower: under it the real
// recordings are the smaller ones only.
const (
	largestRecording = 8_000
	leastEvents      = 17_000
)
