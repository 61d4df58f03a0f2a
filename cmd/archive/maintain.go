package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"danmaku/store"
)

// openToWrite opens an archive that is there already.
func (p *program) openToWrite(ctx context.Context) (*store.Archive, error) {
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("no archive: %w; name the file with --archive", err)
	}
	return store.Open(ctx, path, store.Options{})
}

// progress shows what the archive tells of long work.
func (b *bar) progress() store.Progress {
	last := int64(0)
	return func(done, total int64) {
		b.mu.Lock()
		if done < last { // the next part of the work
			b.n, last = 0, 0
		}
		b.total = total
		b.mu.Unlock()
		b.add(done - last)
		last = done
	}
}

func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.data(true))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

// resultFlag chooses between words and JSON.
type resultFlag struct {
	Format string `help:"How to print the result: ${enum}." enum:"text,json" default:"text"`
}

type verifyFlags struct{ resultFlag }

func (p *program) verify(ctx context.Context, s *verifyFlags) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	bar := p.bar("verify", 0)
	defer bar.done()
	r, err := a.Verify(ctx, bar.progress())
	bar.done()
	if err != nil {
		return err
	}
	if s.Format == "json" {
		if err := p.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.out, "%s events up to position %s, %s positions empty; %s rooms, %s users, %s commands as received, %s ended spans of coverage\n",
			grouped(r.Events), grouped(r.Last), grouped(r.Missing), grouped(r.Rooms), grouped(r.Users), grouped(r.Commands), grouped(r.Gaps))
		for _, problem := range r.Problems {
			fmt.Fprintln(p.out, p.ink.paint(hit, "problem:")+" "+printable(problem))
		}
		if r.More > 0 {
			fmt.Fprintf(p.out, "and %s more\n", grouped(r.More))
		}
	}
	if n := int64(len(r.Problems)) + r.More; n > 0 {
		return fmt.Errorf("%s problems found", grouped(n))
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
	bar := p.bar("backup", 0)
	defer bar.done()
	if err := a.Backup(ctx, s.To, bar.progress()); err != nil {
		return err
	}
	bar.done()
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
	bar := p.bar("compact", 0)
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
		for _, n := range person.Names {
			names = append(names, printable(n.Name))
			events += n.Events
		}
		fmt.Fprintf(p.errs, "Forget %s (%s) and %s events for good? [y/N] ", printable(s.ID), strings.Join(names, ", "), grouped(events))
		answer, err := bufio.NewReader(p.input).ReadString('\n')
		if a := strings.ToLower(strings.TrimSpace(answer)); err != nil || a != "y" && a != "yes" {
			return errors.New("nothing was changed")
		}
	}
	bar := p.bar("forget", 0)
	defer bar.done()
	n, err := a.Forget(ctx, s.ID, bar.progress())
	bar.done()
	if err != nil {
		return err
	}
	if s.Format == "json" {
		return p.printJSON(n)
	}
	fmt.Fprintf(p.out, "%s events, %s mentions in others' events, %s commands as received, %s names taken out\n", grouped(n.Events), grouped(n.Mentions), grouped(n.Commands), grouped(n.Names))
	fmt.Fprintln(p.errs, "archive: backups and exports made earlier still have them")
	return nil
}
