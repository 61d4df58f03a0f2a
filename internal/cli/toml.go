package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// tomlFile gives flags their values from a TOML file. A key is a flag's name;
// a table named like a subcommand holds keys for that subcommand only. The
// environment and the command line go above the file.
type tomlFile map[string]any

func loadTOML(r io.Reader, others []string) (kong.Resolver, error) {
	f := tomlFile{}
	if _, err := toml.NewDecoder(r).Decode(&f); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	for key := range f {
		if slices.Contains(others, flagName(key)) {
			delete(f, key)
		}
	}
	return f, nil
}

// Validate refuses a key that no flag has: a misspelt setting must not be
// ignored.
func (f tomlFile) Validate(app *kong.Application) error {
	for key, v := range f {
		table, isTable := v.(map[string]any)
		if !isTable {
			if !hasFlag(app.Node, key, true) {
				return fmt.Errorf("configuration file: no flag is named %q", key)
			}
			continue
		}
		i := slices.IndexFunc(app.Children, func(n *kong.Node) bool { return n.Name == key })
		if i < 0 {
			return fmt.Errorf("configuration file: table [%s]: no such subcommand", key)
		}
		for k := range table {
			if !hasFlag(app.Children[i], k, true) {
				return fmt.Errorf("configuration file: [%s]: no flag is named %q", key, k)
			}
		}
	}
	return nil
}

func hasFlag(n *kong.Node, name string, children bool) bool {
	if slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == flagName(name) }) {
		return true
	}
	return children && slices.ContainsFunc(n.Children, func(c *kong.Node) bool { return hasFlag(c, name, true) })
}

// flagName allows log_level for log-level.
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// Resolve gives the file's value of a flag, nil where it has none.
func (f tomlFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	var found any
	for k, v := range f {
		if _, isTable := v.(map[string]any); !isTable && flagName(k) == flag.Name {
			found = v
		}
	}
	if parent.Command != nil {
		if table, ok := f[parent.Command.Name].(map[string]any); ok {
			for k, v := range table {
				if flagName(k) == flag.Name {
					found = v
				}
			}
		}
	}
	return found, nil
}
