//go:build !(linux || darwin || freebsd)

package main

import "errors"

// freeSpace is not known how to tell here.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
