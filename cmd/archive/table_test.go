package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// printed is a table on a terminal of so many columns.
func printed(t *testing.T, width int, columns []column, rows [][]string) []string {
	t.Helper()
	var out bytes.Buffer
	p := &program{out: &out, width: width}
	table := p.table(append([]column(nil), columns...)...)
	for _, r := range rows {
		if err := table.row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.close(); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

var (
	columnsOfRooms = []column{{head: "ROOM", right: true}, {head: "STREAMER", max: 20, spare: true}, {head: "TITLE", max: 40, spare: true}, {head: "AREA", max: 16, spare: true},
		{head: "EVENTS", right: true}, {head: "FROM", day: true}, {head: "TO", day: true}}
	someRooms = [][]string{
		{"21452505", "七海Nana7mi的直播间", "【歌杂】深夜唱歌給你們聽，點歌請看簡介與置頂評論", "虚拟主播", "1,234,567", "2026-11-01 19:58", "2026-11-22 14:15"},
		{"5050", "园", "草", "", "7", "2026-11-02 08:00", ""},
	}
)

func TestATableIsNoWiderThanTheTerminal(t *testing.T) {
	for name, table := range map[string]struct {
		columns []column
		rows    [][]string
	}{
		"rooms": {columnsOfRooms, someRooms},
		"broadcasts": {[]column{{head: "FROM", day: true}, {head: "TO", day: true}, {head: "LENGTH", right: true}, {head: "ROOM", right: true}, {head: "TITLES", max: 80}},
			[][]string{{"2026-11-01 19:58:00", "2026-11-02 00:10:11", "4h12m11s", "21452505", strings.Repeat("唱歌到天亮 → ", 9)}}},
		"coverage": {[]column{{head: "ROOM", right: true}, {head: "FROM", day: true}, {head: "TO", day: true}, {head: "LENGTH", right: true}, {head: ""}, {head: "MISSING BECAUSE OF", words: true, spare: true}, {head: "DETAIL", words: true, spare: true}},
			[][]string{{"21452505", "2026-11-01 19:58:00", "2026-11-02 00:10:11", "4h12m11s", "recorded"}, {"21452505", "2026-11-02 00:10:11", "now", "", "", "disk", "the archive file is gone: /mnt/直播/danmaku.db"}}},
	} {
		whole := printed(t, 0, table.columns, table.rows)
		for width := 72; width <= 200; width++ {
			lines := printed(t, width, table.columns, table.rows)
			for _, line := range lines {
				if n := cells.StringWidth(line); n > width {
					t.Errorf("%s: %d columns on a terminal of %d:\n%s", name, n, width, line)
				}
			}
			if len(lines) != len(table.rows)+1 {
				t.Errorf("%s: %d lines", name, len(lines))
			}
		}
		if lines := printed(t, 200, table.columns, table.rows); strings.Join(lines, "\n") != strings.Join(whole, "\n") {
			t.Errorf("%s: there is room, but it is not as in a pipe:\n%s", name, strings.Join(lines, "\n"))
		}
	}
}

func TestANarrowTableOfPeopleGivesTheIDUpBeforeTheName(t *testing.T) {
	columns := []column{{head: "NAME", max: 40, spare: true}, {head: "ID", spare: true, first: true}, {head: "TOTAL", right: true}}
	rows := [][]string{{"半糖早餐店915", "3862613559595454", "¥239,976.00"}, {"kaze2077", "13028811", "¥59,994.00"}}
	if lines := printed(t, 60, columns, rows); !strings.Contains(lines[1], "3862613559595454") {
		t.Errorf("there is room for the id:\n%s", strings.Join(lines, "\n"))
	}
	for _, line := range printed(t, 32, columns, rows)[1:] {
		if !strings.HasPrefix(line, "半糖早餐店915  ") && !strings.HasPrefix(line, "kaze2077 ") || cells.StringWidth(line) > 32 {
			t.Errorf("%q", line)
		}
	}
}

func TestASearchOnANarrowTerminalLeavesRoomForTheText(t *testing.T) {
	columns := []column{{head: "TIME", day: true}, {head: "ROOM", right: true, first: true}, {head: "KIND", max: 12}, {head: "USER", max: 20}, {head: "TEXT", plain: true}}
	rows := [][]string{{"2026-11-22 16:03:04", "21452505", "comment", "一个名字很长很长的人", "哈尔滨的朋友举个手"}, {"2026-11-22 16:03:05", "21452505", "gift", "i", "辣条"}}
	for _, line := range printed(t, 60, columns, rows)[1:] {
		if n := cells.StringWidth(line); n > 60 || strings.Contains(line, "21452505") || strings.Contains(line, "2026") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if lines := printed(t, 120, columns, rows); !strings.Contains(lines[1], "2026-11-22 16:03:04  21452505  comment  一个名字很长很长的人  哈尔滨") {
		t.Errorf("%q", lines[1])
	}
}

func TestANarrowTableSaysWhatItLeavesOut(t *testing.T) {
	lines := printed(t, 80, columnsOfRooms, someRooms)
	for _, want := range []string{"…", "FROM 2026", "11-01 19:58", "1,234,567"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	older := append([][]string{{"9", "", "", "", "1", "2025-12-31 23:59", "2026-01-01 00:00"}}, someRooms...)
	if lines := printed(t, 80, columnsOfRooms, older); !strings.Contains(lines[1], "2025-12-31") || !strings.Contains(lines[2], "2026-11-01") {
		t.Errorf("of several years, but:\n%s", strings.Join(lines, "\n"))
	}
}

func TestLinesBehindThoseThatWereMeasuredFitToo(t *testing.T) {
	columns := []column{{head: "TIME", day: true}, {head: "AREA", max: 16, spare: true}, {head: "WHERE", max: 16}, {head: "WHY", words: true}}
	var rows [][]string
	for i := range heldRows + 3 {
		rows = append(rows, []string{fmt.Sprintf("2026-11-22 14:%02d", i%60), "虚拟主播·歌回", "一个很长的地方的名字", strings.Repeat("因为", i/heldRows*40)})
	}
	for _, width := range []int{60, 36, 24} {
		for i, line := range printed(t, width, columns, rows) {
			if n := cells.StringWidth(line); n > width {
				t.Fatalf("line %d has %d columns on a terminal of %d:\n%s", i, n, width, line)
			}
		}
	}
}
