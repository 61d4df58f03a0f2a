//go:build !linux || !cgo

package main

func spareC() {}

func trimC() {}
