//go:build !linux

package main

// giveBack: elsewhere the system knows by itself.
func giveBack([]byte) {}
