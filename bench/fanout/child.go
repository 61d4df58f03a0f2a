package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// What a server's process says on its standard output: first where it is, then
// its usage, each time a line comes in.
type where struct {
	URL, Feed string
}

type usage struct {
	CPU, System time.Duration
	RSS         int // KiB
}

// serve is the child: it serves one peer until its input ends.
func serve(name, upstream, dir, profile string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var s server
	err := fmt.Errorf("there is no peer %q", name)
	for _, p := range peers {
		if p.name == name {
			s, err = p.open(ctx, peerConfig{upstream, dir})
		}
	}
	if err != nil {
		return err
	}
	w := where{URL: s.url}
	if s.send != nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		w.Feed = l.Addr().String()
		go feed(l, s.send)
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(w); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "profile":
			f, err := os.Create(profile)
			if err != nil {
				return err
			}
			if err := pprof.StartCPUProfile(f); err != nil {
				return err
			}
			defer f.Close()
			defer pprof.StopCPUProfile()
		case "usage":
			u, err := ownUsage()
			if err == nil {
				err = out.Encode(u)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
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

func ownUsage() (u usage, err error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u, err
	}
	u.System = time.Duration(r.Stime.Nano())
	u.CPU = time.Duration(r.Utime.Nano()) + u.System
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return u, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscan(rest, &u.RSS)
	return u, err
}

// child is the parent's side of a server's process.
type child struct {
	where
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	send func([]stamp) error
	stop func()
}

// start runs a peer in a process of its own, for the relay with a simulated
// room before it, and connects the publisher.
func start(name string, size int, profile string) (_ *child, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "danmaku-bench-")
	if err != nil {
		return nil, err
	}
	c := &child{}
	var platform *httptest.Server
	var r *room
	upstream := "-"
	if name == "relay" {
		if r, err = newRoom(size); err != nil {
			return nil, err
		}
		platform = httptest.NewServer(r)
		upstream = platform.URL
	}
	c.cmd = exec.Command(exe, "serve", name, upstream, dir, profile)
	c.cmd.Stderr = os.Stderr
	c.stop = func() {
		if c.in != nil {
			c.in.Close() // lets a profile be written
			_ = c.cmd.Process.Signal(syscall.SIGCONT)
			_ = c.cmd.Wait()
		}
		if platform != nil {
			platform.CloseClientConnections()
			platform.Close()
		}
		os.RemoveAll(dir)
	}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(out)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.in = in
	if err := c.out.Decode(&c.where); err != nil {
		return nil, fmt.Errorf("%s did not start: %w", name, err)
	}
	if r != nil {
		select {
		case <-r.joined:
		case <-time.After(20 * time.Second):
			return nil, errors.New("the relay did not join the simulated room")
		}
		c.send = r.say
		return c, nil
	}
	conn, err := net.Dial("tcp", c.Feed)
	if err != nil {
		return nil, err
	}
	var buf []byte
	c.send = func(batch []stamp) error {
		buf = buf[:0]
		for _, s := range batch {
			buf = line(buf, s, max(size, 300))
		}
		_, err := conn.Write(buf)
		return err
	}
	return c, nil
}

func (c *child) usage() (u usage, err error) {
	if _, err = io.WriteString(c.in, "usage\n"); err == nil {
		err = c.out.Decode(&u)
	}
	return u, err
}
