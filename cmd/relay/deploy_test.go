package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// metricName finds what an expression asks for: names of ours, of the process
// and of the runtime.
var metricName = regexp.MustCompile(`\b(danmaku|process|go)_[a-z0-9_]+\b`)

func TestDashboardAndAlertsAskForMetricsThatTheRelayHas(t *testing.T) {
	r := start(t, "--demo", "--listen", "127.0.0.1:0")
	resp, err := http.Get(r.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(body)) {
		if name := metricName.FindString(line); !strings.HasPrefix(line, "#") && strings.HasPrefix(line, name) {
			has[name] = true
		}
	}
	for _, file := range []string{"grafana.json", "alerts.yml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for line := range strings.Lines(string(b)) {
			line, isExpr := strings.CutPrefix(strings.TrimSpace(line), map[string]string{"grafana.json": `"expr":`, "alerts.yml": "expr:"}[file])
			if isExpr {
				names = append(names, metricName.FindAllString(line, -1)...)
			}
		}
		if len(names) < 10 {
			t.Fatalf("%s: only %v found", file, names)
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
			if !has[name] {
				t.Errorf("%s asks for %s, which /metrics does not have", file, name)
			}
		}
	}
}

func TestTheDashboardHasTheShapeThatGrafanaLoads(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title, UID    string
		SchemaVersion int
		Templating    struct{ List []struct{ Name, Type string } }
		Panels        []struct {
			ID          int
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct {
				RefID, Expr string
				Datasource  struct{ Type, UID string }
			}
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || d.SchemaVersion < 36 || len(d.Panels) == 0 || len(d.Templating.List) != 2 {
		t.Errorf("title %q, uid %q, schema %d, %d panels, variables %v", d.Title, d.UID, d.SchemaVersion, len(d.Panels), d.Templating.List)
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if p.Title == "" || p.Type == "" || len(p.Targets) == 0 || ids[p.ID] || p.GridPos.W < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q of type %q at %v with %d queries", p.ID, p.Title, p.Type, p.GridPos, len(p.Targets))
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panels %q and %q overlap", other, p.Title)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.RefID == "" || refs[q.RefID] || q.Datasource.Type != "prometheus" || q.Datasource.UID != "${datasource}" ||
				strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") || !strings.Contains(q.Expr, `instance=~"$instance"`) {
				t.Errorf("panel %q: query %+v", p.Title, q)
			}
			refs[q.RefID] = true
		}
	}
}
