// Package danmaku_test holds the rules about the tree as a whole.
package danmaku_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

type rule struct {
	any       bool
	allowed   []string
	forbidden []string
}

// table reads the rules from the table of packages in ARCHITECTURE.md.
func table(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]rule{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		var r rule
		for item := range strings.SplitSeq(cells[3], ",") {
			switch item = strings.TrimSpace(item); {
			case item == "any":
				r.any = true
			case item == "·":
			case strings.HasSuffix(item, " forbidden"):
				r.forbidden = append(r.forbidden, strings.TrimSuffix(item, " forbidden"))
			default:
				r.allowed = append(r.allowed, item)
			}
		}
		rules["danmaku/"+strings.Trim(strings.TrimSpace(cells[1]), "`")] = r
	}
	if len(rules) < 10 {
		t.Fatalf("only %d packages found in the table of ARCHITECTURE.md", len(rules))
	}
	return rules
}

// names reports whether a name of the table stands for an import path: a
// module covers its packages, a package of ours is its path or last part.
func names(item, path string) bool {
	if strings.Contains(strings.SplitN(item, "/", 2)[0], ".") {
		return path == item || strings.HasPrefix(path, item+"/")
	}
	return path == "danmaku/"+item || path == "danmaku/internal/"+item
}

func TestEveryPackageImportsOnlyWhatTheTableAllows(t *testing.T) {
	rules := table(t)
	std := map[string]bool{"C": true}
	for _, p := range list(t, "std") {
		std[p.ImportPath] = true
	}
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		if p.ImportPath == "danmaku" {
			continue // this test
		}
		r, ok := rules[p.ImportPath]
		seen[p.ImportPath] = true
		if !ok {
			t.Errorf("%s is not in the table of ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			match := func(item string) bool { return names(item, path) }
			switch {
			case slices.ContainsFunc(r.forbidden, match), path == "testing":
				t.Errorf("%s must never import %s", p.ImportPath, path)
			case r.any, std[path], slices.ContainsFunc(r.allowed, match):
			default:
				t.Errorf("%s imports %s, which the table does not allow", p.ImportPath, path)
			}
		}
	}
	for path := range rules {
		if !seen[path] {
			t.Errorf("the table names %s, which is not in the tree", path)
		}
	}
}

func TestWhatMustStayOutOfWholeDependencyTrees(t *testing.T) {
	tests := []struct {
		packages []string
		never    []string
	}{
		{[]string{"./cmd/relay", "./cmd/archive", "./cmd/simroom"}, []string{"fyne.io/", "github.com/go-gl/"}},
		{[]string{"./gui"}, []string{"github.com/mattn/go-sqlite3", "fyne.io/fyne/v2/app", "github.com/go-gl/", "github.com/gorilla/"}},
		{[]string{"./event", "./protocol"}, []string{"net", "database/", "os/exec"}},
	}
	for _, tt := range tests {
		for _, p := range list(t, tt.packages...) {
			for _, dep := range p.Deps {
				for _, n := range tt.never {
					if dep == n || strings.HasSuffix(n, "/") && strings.HasPrefix(dep, n) {
						t.Errorf("%s depends on %s", p.ImportPath, dep)
					}
				}
			}
		}
	}
}
