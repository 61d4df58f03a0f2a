package fanout

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What a stalled subscriber holds in the kernel, and how long a host that has
// vanished is waited for, is bounded however its bytes travel.
func TestTheKernelsBuffersAndPatienceAreBounded(t *testing.T) {
	o := Options{SendBuffer: 32 << 10, Stuck: 7 * time.Second, Ping: 3 * time.Second}
	carriers := carriers(t)
	serveTest(t, o, func(t *testing.T, s *Server) {
		for carrier, connect := range carriers {
			server, client := connect(t)
			defer client.Close()
			socket, ok := server.(*net.TCPConn)
			if !ok {
				socket = server.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn)
			}
			raw, err := socket.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			same := -1 // the same socket: the server takes the descriptor
			if err := raw.Control(func(fd uintptr) { same, err = unix.Dup(int(fd)) }); err != nil || same < 0 {
				t.Fatal(err)
			}
			defer unix.Close(same)
			if err := s.Add(server, Subscription{Log: NewLog(1 << 20)}); err != nil {
				t.Fatal(err)
			}
			for name, option := range map[string]struct{ level, name, most int }{
				"send buffer":  {unix.SOL_SOCKET, unix.SO_SNDBUF, 2 * o.SendBuffer}, // the kernel counts twice
				"user timeout": {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 10_000},
			} {
				got, err := unix.GetsockoptInt(same, option.level, option.name)
				if err != nil || got <= 0 || got > option.most {
					t.Errorf("%s, %s: %d, %v; want at most %d", carrier, name, got, err, option.most)
				}
			}
		}
	})
}
