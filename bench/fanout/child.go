package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// where is what a peer's process says first: where it is.
type where struct {
	URL  string // for subscribers
	Feed string // takes lines
}

// serve is the child: it serves one peer until its input ends.
func serve(name string) error {
	for _, p := range peers {
		if p.name != name || p.open == nil {
			continue
		}
		s, err := p.open()
		if err != nil {
			return err
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		go feed(l, s.send)
		if err := json.NewEncoder(os.Stdout).Encode(where{s.url, l.Addr().String()}); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	}
	return fmt.Errorf("there is no peer %q", name)
}

// feed hands on what the publisher writes, all lines of one read as a batch.
func feed(l net.Listener, send func([][]byte)) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	buf := make([]byte, 0, 1<<20)
	for {
		n, err := c.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return
		}
		buf = buf[:len(buf)+n]
		end := bytes.LastIndexByte(buf, '\n')
		if end < 0 {
			continue
		}
		send(bytes.Split(buf[:end], []byte{'\n'}))
		buf = buf[:copy(buf, buf[end+1:])]
	}
}

// child is a server in a process of its own.
type child struct {
	url  string
	cmd  *exec.Cmd
	send func([]stamp) error
	free []func() // last first
}

func (c *child) stop() {
	for i := len(c.free) - 1; i >= 0; i-- {
		c.free[i]()
	}
}

// run starts a program and returns the output that pipe names.
func (c *child) run(pipe func(*exec.Cmd) (io.ReadCloser, error), program string, args ...string) (io.Reader, error) {
	c.cmd = exec.Command(program, args...)
	out, err := pipe(c.cmd)
	if err != nil {
		return nil, err
	}
	in, err := c.cmd.StdinPipe() // a peer ends when it is closed
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.free = append(c.free, func() {
		in.Close()
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
	return out, nil
}

// start runs a peer and connects the publisher to it. size is that of all
// messages, 0 for as they come; short that of a peer's when it is 0.
func start(name string, size, short int) (*child, error) {
	c := &child{}
	var err error
	if name == relay {
		err = c.startRelay(size)
	} else {
		err = c.startPeer(name, cmp.Or(size, short))
	}
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

func (c *child) startPeer(name string, size int) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := c.run((*exec.Cmd).StdoutPipe, exe, "serve", name)
	if err != nil {
		return err
	}
	var w where
	if err := json.NewDecoder(out).Decode(&w); err != nil {
		return err
	}
	conn, err := net.Dial("tcp", w.Feed)
	if err != nil {
		return err
	}
	c.free = append(c.free, func() { conn.Close() })
	c.url = w.URL
	var buf []byte
	c.send = func(batch []stamp) error {
		buf = buf[:0]
		for _, s := range batch {
			buf = line(buf, s, size)
		}
		_, err := conn.Write(buf)
		return err
	}
	return nil
}

var readyURL = regexp.MustCompile(`ready.*\burl="?http(://[^" ]+)`)

// startRelay runs the relay, which lies beside this program, with a simulated
// room before it.
func (c *child) startRelay(size int) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "danmaku-bench-")
	if err != nil {
		return err
	}
	c.free = append(c.free, func() { os.RemoveAll(dir) })
	r, err := newRoom(size)
	if err != nil {
		return err
	}
	platform := httptest.NewServer(r)
	c.free = append(c.free, func() {
		platform.CloseClientConnections()
		platform.Close()
	})
	out, err := c.run((*exec.Cmd).StderrPipe, filepath.Join(filepath.Dir(exe), "relay"), "--listen", "127.0.0.1:0", "--room", strconv.Itoa(roomID),
		"--upstream", platform.URL, "--archive", filepath.Join(dir, "bench.db"))
	if err != nil {
		return err
	}
	said := bufio.NewScanner(out)
	for c.url == "" && said.Scan() {
		if m := readyURL.FindStringSubmatch(said.Text()); m != nil {
			c.url = "ws" + m[1] + "/v1/events?kind=comment"
		}
	}
	if c.url == "" {
		return errors.New("it ended without being ready")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	select {
	case <-r.joined:
	case <-time.After(20 * time.Second):
		return errors.New("it did not join the simulated room")
	}
	c.send = r.say
	return nil
}

// usage is what a process has used and holds.
type usage struct {
	cpu, system time.Duration
	rss         int // KiB
}

// usage asks the kernel. The sum of the threads' times is what getrusage would
// tell the process itself, to the nanosecond; Go ends hardly any thread.
func (c *child) usage() (u usage, err error) {
	proc := fmt.Sprintf("/proc/%d/", c.cmd.Process.Pid)
	threads, err := filepath.Glob(proc + "task/*/schedstat")
	if err != nil {
		return u, err
	}
	for _, path := range threads {
		var ns int64
		if b, err := os.ReadFile(path); err == nil {
			_, _ = fmt.Sscan(string(b), &ns)
		}
		u.cpu += time.Duration(ns)
	}
	stat, err := os.ReadFile(proc + "stat")
	if err != nil {
		return u, err
	}
	// After the name in brackets; times are in hundredths of a second.
	if f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])); len(f) > 12 {
		n, _ := strconv.ParseInt(f[12], 10, 64)
		u.system = time.Duration(n) * 10 * time.Millisecond
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscan(rest, &u.rss)
	return u, err
}

// perf records where a server spends its time, for as long as the measurement.
func (c *child) perf(file string, length time.Duration) (*exec.Cmd, error) {
	p := exec.Command("perf", "record", "-q", "-F", "499", "-g", "-o", file, "-p", strconv.Itoa(c.cmd.Process.Pid), "--", "sleep", fmt.Sprint(length.Seconds()))
	p.Stderr = os.Stderr
	return p, p.Start()
}

func (c *child) signal(s syscall.Signal) { _ = c.cmd.Process.Signal(s) }
