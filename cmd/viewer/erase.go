package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"danmaku/gui"
)

// kept is what the program keeps of its user, and deletes on its way out when
// it was told to: only then is the archive closed.
type kept struct {
	archive  string // file; "": none of the user's
	data     string // folder
	cache    string // folder; "": none
	settings string // folder; "": none
	erase    atomic.Bool
}

// EraseAtEnd has everything deleted when the program ends.
func (k *kept) EraseAtEnd() { k.erase.Store(true) }

// paths are the files and folders of each kind, the first to be named to the
// user.
func (k *kept) paths(kind gui.KeptKind) []string {
	var list []string
	switch kind {
	case gui.KeptArchive:
		if k.archive != "" {
			list = []string{k.archive, k.archive + "-wal", k.archive + "-shm"}
		}
	case gui.KeptLogin:
		for _, pattern := range []string{"cookies*.txt", "open-live-codes*.txt"} {
			files, _ := filepath.Glob(filepath.Join(k.data, pattern)) // the patterns are good ones
			list = append(list, files...)
		}
	case gui.KeptPictures:
		if k.cache != "" {
			list = []string{k.cache}
		}
	case gui.KeptReports:
		for _, pattern := range []string{"viewer*.log", "viewer*.log.1", "viewer*.crash", "crash-*.txt", "diagnostic.json", "device.txt"} {
			files, _ := filepath.Glob(filepath.Join(k.data, pattern)) // the patterns are good ones
			list = append(list, files...)
		}
	case gui.KeptSettings:
		if k.settings != "" {
			list = []string{k.settings}
		}
	}
	return list
}

var keptKinds = []gui.KeptKind{gui.KeptArchive, gui.KeptLogin, gui.KeptPictures, gui.KeptReports, gui.KeptSettings}

// Kept lists what there is.
func (k *kept) Kept() []gui.Kept {
	var list []gui.Kept
	for _, kind := range keptKinds {
		total, there := int64(0), ""
		for _, path := range k.paths(kind) {
			if n, ok := weigh(path); ok {
				total += n
				if there == "" {
					there = path
				}
			}
		}
		if kind == gui.KeptReports && there != "" {
			there = k.data // many files
		}
		if there != "" {
			list = append(list, gui.Kept{Kind: kind, Path: there, Bytes: total})
		}
	}
	return list
}

// weigh is how much a file, or everything in a folder, takes.
func weigh(path string) (total int64, there bool) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile, or not ours to read
		}
		there = true
		if info, err := d.Info(); err == nil && !d.IsDir() {
			total += info.Size()
		}
		return nil
	})
	return total, there
}

// finish deletes everything if that was asked for. What the archive's owner put
// into the data folder besides stays, and so does the folder then.
func (k *kept) finish(log *slog.Logger) {
	if !k.erase.Load() {
		return
	}
	for _, kind := range keptKinds {
		for _, path := range k.paths(kind) {
			if err := os.RemoveAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				log.Error("not deleted", "file", path, "err", err)
			}
		}
	}
	if entries, err := os.ReadDir(k.data); err == nil && len(entries) == 0 && strings.HasSuffix(k.data, "danmaku") {
		_ = os.Remove(k.data)
	}
}
