package prelude

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestMain prints what a program with a given environment sees, in a process of
// its own: the package looks at it once, when it is initialised.
func TestMain(m *testing.M) {
	if os.Getenv("DANMAKU_PRELUDE_TEST") == "" {
		os.Exit(m.Run())
	}
	lines := append([]string{"locale " + Locale()}, os.Environ()...)
	for _, v := range Environ() {
		lines = append(lines, "others "+v)
	}
	os.Stdout.WriteString(strings.Join(lines, "\n"))
}

func TestTheDesktopsLocaleIsToldHereAndToOtherProgramsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		env    []string
		locale string
		ctype  string // "": none
	}{
		"nothing said":      {nil, "", ""},
		"Chinese":           {[]string{"LANG=zh_CN.UTF-8", "LANGUAGE=zh_CN:zh"}, "zh_CN.UTF-8", ""},
		"all parts":         {[]string{"LANG=C", "LC_ALL=ja_JP.UTF-8"}, "ja_JP.UTF-8", "LC_CTYPE=ja_JP.UTF-8"},
		"messages, letters": {[]string{"LC_MESSAGES=en_GB.UTF-8", "LC_CTYPE=zh_TW.UTF-8"}, "en_GB.UTF-8", "LC_CTYPE=zh_TW.UTF-8"},
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(slices.Clone(c.env), "DANMAKU_PRELUDE_TEST=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(name, err)
		}
		lines := strings.Split(string(out), "\n")
		if lines[0] != "locale "+c.locale {
			t.Errorf("%s: %s, want %s", name, lines[0], c.locale)
		}
		for _, v := range c.env {
			if !slices.Contains(lines, "others "+v) {
				t.Errorf("%s: other programs do not get %s", name, v)
			}
		}
		has := func(prefix string) bool {
			return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) })
		}
		if has("LC_ALL=") || has("LANGUAGE=") || !has("LC_MESSAGES=fa_") || c.ctype != "" && !slices.Contains(lines, c.ctype) || has("others LC_MESSAGES=fa_") {
			t.Errorf("%s: %q", name, lines)
		}
	}
}
