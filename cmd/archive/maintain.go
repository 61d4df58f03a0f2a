package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"danmaku/event"
	"danmaku/store"
)

func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.data(true))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

// resultFlag chooses between words and JSON.
type resultFlag struct {
	Format string `help:"How to print the result: ${enum}." enum:"text,json,jsonl" default:"text"`
}

// printResult prints a result that is not wanted in words.
func (p *program) printResult(format string, v any) error {
	if format == "jsonl" {
		return list(printer{p: p, format: format}, []any{v}, nil, nil)
	}
	return p.printJSON(v)
}

type verifyFlags struct{ resultFlag }

func (p *program) verify(ctx context.Context, s *verifyFlags) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	var r store.Report
	if err := p.long("verify", func(progress store.Progress) error {
		r, err = a.Verify(ctx, progress)
		return err
	}); err != nil {
		return err
	}
	if s.Format != "text" {
		if err := p.printResult(s.Format, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.out, "%s up to position %s, %s empty; %s, %s, %s as received, %s of coverage\n",
			many(r.Events, "event"), event.Grouped(r.Last), many(r.Missing, "position"), many(r.Rooms, "room"), many(r.Users, "user"), many(r.Commands, "command"), many(r.Gaps, "ended span"))
		for _, problem := range r.Problems {
			fmt.Fprintln(p.out, p.ink.paint(hit, "problem:")+" "+printable(problem))
		}
		if r.More > 0 {
			fmt.Fprintf(p.out, "and %s more\n", event.Grouped(r.More))
		}
	}
	if n := int64(len(r.Problems)) + r.More; n > 0 {
		return fmt.Errorf("%s found", many(n, "problem"))
	}
	fmt.Fprintln(p.errs, "archive: nothing is wrong")
	return nil
}

type backupFlags struct {
	To string `arg:"" name:"to" help:"The new file; it must not be there yet."`
}

func (p *program) backup(ctx context.Context, s *backupFlags) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := p.long("backup", func(progress store.Progress) error { return a.Backup(ctx, s.To, progress) }); err != nil {
		return err
	}
	fmt.Fprintf(p.errs, "archive: %s, %s\n", printable(s.To), sizeOf(s.To))
	return nil
}

func sizeOf(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return "size unknown"
	}
	return bytesText(info.Size())
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}

type compactFlags struct{}

func (p *program) compact(ctx context.Context, _ *compactFlags) error {
	a, err := p.openToWrite(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	before := sizeOf(a.Path())
	bar := p.bar("compact: a large file takes a while …", 0)
	bar.show()
	defer bar.done()
	if err := a.Compact(ctx); err != nil {
		return err
	}
	bar.done()
	fmt.Fprintf(p.errs, "archive: %s, was %s\n", sizeOf(a.Path()), before)
	return nil
}

type forgetFlags struct {
	ID  string `arg:"" name:"user" help:"The person's id (archive search --user NAME --format jsonl shows it)."`
	Yes bool   `short:"y" help:"Do not ask; without a terminal nothing is asked anyway."`
	resultFlag
}

func (p *program) forget(ctx context.Context, s *forgetFlags) error {
	a, err := p.openToWrite(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	person, err := a.Person(ctx, s.ID)
	if err != nil {
		return err
	}
	if len(person.Names) == 0 {
		fmt.Fprintf(p.errs, "archive: nobody has the id %s; what others' events name it is looked for all the same\n", printable(s.ID))
	}
	if p.input != nil && !s.Yes {
		var names []string
		events := int64(0)
		for _, n := range oneFace(person.Names) {
			names = append(names, printable(n.Name))
			events += n.Events
		}
		fmt.Fprintf(p.errs, "Forget %s (%s) and %s for good? [y/N] ", printable(s.ID), strings.Join(names, ", "), many(events, "event"))
		answer, err := bufio.NewReader(p.input).ReadString('\n')
		if a := strings.ToLower(strings.TrimSpace(answer)); err != nil || a != "y" && a != "yes" {
			return errors.New("nothing was changed")
		}
	}
	var n store.Forgotten
	if err := p.long("forget", func(progress store.Progress) error {
		n, err = a.Forget(ctx, s.ID, progress)
		return err
	}); err != nil {
		return err
	}
	if s.Format != "text" {
		return p.printResult(s.Format, n)
	}
	fmt.Fprintf(p.out, "%s events, %s mentions in others' events, %s commands as received, %s names taken out\n", event.Grouped(n.Events), event.Grouped(n.Mentions), event.Grouped(n.Commands), event.Grouped(n.Names))
	fmt.Fprintln(p.errs, "archive: backups and exports made earlier still have them")
	return nil
}
