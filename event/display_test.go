package event

import (
	"math"
	"testing"
)

func TestNumbersAreGroupedByThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", -999: "-999", -1000: "-1,000", 1234567: "1,234,567",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}

func TestGuardLevelsHaveNamesAndNamesLevels(t *testing.T) {
	for level, name := range map[int]string{1: "总督", 2: "提督", 3: "舰长"} {
		if GuardName(level) != name || GuardLevel(name) != level {
			t.Errorf("level %d is %q, %q is level %d", level, GuardName(level), name, GuardLevel(name))
		}
	}
	for _, level := range []int{-1, 0, 4} {
		if GuardName(level) != "" {
			t.Errorf("level %d has the name %q", level, GuardName(level))
		}
	}
	if GuardLevel("") != 0 || GuardLevel("大航海") != 0 {
		t.Error("a name that is none has a level")
	}
}
