package event

import "strconv"

// How values are written for people.

// Grouped writes a number with its digits in groups of three: 1,234,567.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// guardNames are the platform's, by level.
var guardNames = [...]string{1: "总督", 2: "提督", 3: "舰长"}

// GuardName is the platform's name of a guard level (Guard.Level, User.Guard); ""
// for none and for levels there are not.
func GuardName(level int) string {
	if level < 1 || level >= len(guardNames) {
		return ""
	}
	return guardNames[level]
}

// GuardLevel is the level with a name; 0: the platform has no such name.
func GuardLevel(name string) int {
	for level := 1; level < len(guardNames); level++ {
		if guardNames[level] == name {
			return level
		}
	}
	return 0
}
