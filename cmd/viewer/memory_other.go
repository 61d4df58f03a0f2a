//go:build !linux

package main

// Elsewhere the system knows by itself what to keep.

func giveBack([]byte) {}

func giveBackCode() {}
