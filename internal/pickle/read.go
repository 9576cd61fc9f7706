package pickle

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Reader reads pickles that follow each other, and what lies between them.
type Reader struct {
	// Global says what a name stands for; nil refuses all.
	Global func(g Global) (any, error)
	// Call returns what the callable f, a value of Global's, makes of args; nil
	// refuses all.
	Call func(f any, args Tuple) (any, error)
	// Build gives v, which Call made, a state. Dictionaries keep none.
	Build func(v, state any) (any, error)
	// Persistent returns the object that lies outside the pickle under an id.
	Persistent func(id any) (any, error)

	in  *bufio.Reader
	at  int64 // offset of the next byte
	end int64 // of the input
	op  int64 // offset of the opcode being read

	stack []any
	memo  map[uint64]any
}

// NewReader returns a Reader of the bytes of r from start to end.
func NewReader(r io.ReaderAt, start, end int64) *Reader {
	return &Reader{in: bufio.NewReader(io.NewSectionReader(r, start, end-start)), at: start, end: end}
}

// A SyntaxError is a pickle that is not what the format asks for.
type SyntaxError struct {
	Offset int64 // of the opcode
	Text   string
}

func (e *SyntaxError) Error() string { return e.Text }

// ErrEnd is wrapped by the error for a pickle that goes on past the input.
var ErrEnd = errors.New("the pickle ends too early")

// An EndError says that a pickle ends before it is complete.
type EndError struct{ Offset int64 }

func (e *EndError) Error() string { return ErrEnd.Error() }

// Unwrap returns ErrEnd.
func (e *EndError) Unwrap() error { return ErrEnd }

func (r *Reader) syntax(format string, args ...any) error {
	return &SyntaxError{r.op, fmt.Sprintf(format, args...)}
}

// Offset returns where the next byte will be read.
func (r *Reader) Offset() int64 { return r.at }

// OpOffset returns where the last opcode was read, what an error of the
// caller's functions is about.
func (r *Reader) OpOffset() int64 { return r.op }

// Skip passes over n bytes.
func (r *Reader) Skip(n int64) error {
	if n < 0 || n > r.end-r.at {
		return &EndError{r.at}
	}
	for left := n; left > 0; {
		k, err := r.in.Discard(int(min(left, math.MaxInt32)))
		left -= int64(k)
		if err != nil {
			return ended(err, r.at)
		}
	}
	r.at += n
	return nil
}

// Bytes reads n bytes, which must be there.
func (r *Reader) Bytes(n uint64) ([]byte, error) {
	if n > uint64(r.end-r.at) {
		return nil, &EndError{r.at}
	}
	b := make([]byte, n)
	k, err := io.ReadFull(r.in, b)
	r.at += int64(k)
	return b, ended(err, r.at)
}

func (r *Reader) byte() (byte, error) {
	b, err := r.in.ReadByte()
	if err != nil {
		return 0, ended(err, r.at)
	}
	r.at++
	return b, nil
}

// uint reads a little-endian number of size bytes.
func (r *Reader) uint(size int) (uint64, error) {
	var b [8]byte
	k, err := io.ReadFull(r.in, b[:size])
	r.at += int64(k)
	return binary.LittleEndian.Uint64(b[:]), ended(err, r.at)
}

// maxLine bounds names and the numbers of the text protocol.
const maxLine = 1 << 16

// line reads up to a newline, which it leaves out.
func (r *Reader) line() (string, error) {
	var l []byte
	for {
		b, err := r.byte()
		if err != nil {
			return "", err
		}
		if b == '\n' {
			return string(l), nil
		}
		if l = append(l, b); len(l) > maxLine {
			return "", r.syntax("a line of more than %d bytes", maxLine)
		}
	}
}

func ended(err error, at int64) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &EndError{at}
	}
	return err
}

// Next reads one pickle and returns its value.
func (r *Reader) Next() (any, error) {
	r.stack, r.memo = r.stack[:0], map[uint64]any{}
	for {
		r.op = r.at
		op, err := r.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			v, err := r.pop()
			if err == nil && len(r.stack) > 0 {
				err = r.syntax("%d values are left over at the end", len(r.stack))
			}
			return v, err
		}
		if err := r.step(op); err != nil {
			return nil, err
		}
	}
}

// A mark is where on the stack the items of a tuple, list or dict begin.
type mark struct{}

func (r *Reader) push(v any) error {
	r.stack = append(r.stack, v)
	return nil
}

func (r *Reader) pop() (any, error) {
	n := len(r.stack)
	if n == 0 {
		return nil, r.syntax("a value is taken from an empty stack")
	}
	v := r.stack[n-1]
	if v == (mark{}) {
		return nil, r.syntax("a value is taken where a mark lies")
	}
	r.stack = r.stack[:n-1]
	return v, nil
}

// top returns the value on top of the stack, as a T.
func top[T any](r *Reader, what string) (T, error) {
	n := len(r.stack)
	if n > 0 {
		if v, ok := r.stack[n-1].(T); ok {
			return v, nil
		}
	}
	var none T
	found := "nothing"
	if n > 0 {
		found = Kind(r.stack[n-1])
	}
	return none, r.syntax("%s wants %s, found %s", what, Kind(any(none)), found)
}

// items takes all values down to the last mark, and the mark.
func (r *Reader) items() ([]any, error) {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i] == (mark{}) {
			l := append([]any(nil), r.stack[i+1:]...)
			r.stack = r.stack[:i]
			return l, nil
		}
	}
	return nil, r.syntax("there is no mark")
}
