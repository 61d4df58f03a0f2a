// Package soak holds the tests of endurance: the real programs, run together
// for long, killed, stopped and crowded. They run in a short form with all the
// others; DANMAKU_LONG=1 runs them at full length, which takes most of an hour.
package soak
