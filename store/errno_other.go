//go:build !unix

package store

import "syscall"

// errQuota stands for no error where quotas have no error of their own.
const errQuota = syscall.Errno(0xffff)
