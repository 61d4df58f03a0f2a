//go:build unix

package store

import "syscall"

// errQuota is what a write over a user's disk quota gives.
const errQuota = syscall.EDQUOT
