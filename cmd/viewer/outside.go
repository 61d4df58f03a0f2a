package main

import (
	"fmt"
	"os/exec"
	"runtime"

	"danmaku/gui/prelude"
)

// openOutside opens an address or a folder with the program the desktop has for
// it. The toolkit's own way would hand our changed environment on.
func openOutside(what string) error {
	name, args := "xdg-open", []string{what}
	switch runtime.GOOS {
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", what}
	case "darwin":
		name = "open"
	}
	cmd := exec.Command(name, args...)
	cmd.Env = prelude.Environ()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("open %s: %w", what, err)
	}
	go func() { _ = cmd.Wait() }() // some of them stay as long as the browser
	return nil
}
