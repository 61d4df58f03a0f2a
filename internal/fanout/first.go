package fanout

import (
	"io"
	"net"
	"time"
)

// First reads the first data message of a client, for protocols in which the
// client speaks first. It reads not one byte more, so that the connection can
// be given to a Server after it. Pings that come before are left unanswered.
// The error is a *CloseError when the client broke the rules.
func First(conn net.Conn, limit int, wait time.Duration) (op byte, payload []byte, err error) {
	if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, nil, err
	}
	r := frameReader{limit: limit}
	done := false
	got := func(o byte, p []byte) *CloseError {
		switch o {
		case OpText, OpBinary:
			op, payload, done = o, p, true
		case opClose:
			return &CloseError{CloseNormal, ""}
		}
		return nil
	}
	read := func(n uint64) error {
		b := make([]byte, n)
		if _, err := io.ReadFull(conn, b); err != nil {
			return err
		}
		if e := r.feed(b, got); e != nil {
			return e
		}
		return nil
	}
	for !done {
		// A header in its two parts, then exactly its payload.
		for !r.inside && !done {
			if err := read(uint64(r.headNeeds())); err != nil {
				return 0, nil, err
			}
			if len(r.head) == 0 && !r.inside { // a frame without payload is done already
				break
			}
		}
		if r.inside {
			if err := read(r.left); err != nil {
				return 0, nil, err
			}
		}
	}
	return op, payload, conn.SetReadDeadline(time.Time{})
}

// headNeeds is how many bytes the header can take without reaching into the
// payload.
func (r *frameReader) headNeeds() int {
	if len(r.head) < 2 {
		return 2 - len(r.head)
	}
	need := 6
	switch r.head[1] & 127 {
	case 126:
		need = 8
	case 127:
		need = 14
	}
	return need - len(r.head)
}

// Refuse answers a connection that is not given to a Server with a close
// frame, and closes it.
func Refuse(conn net.Conn, frames []byte, e *CloseError) {
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := conn.Write(appendClose(frames, e.Code, e.Reason)); err == nil {
		if c, ok := conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, 64<<10)) // its answer, so that ours arrives
		}
	}
	conn.Close()
}
