package checkpoint

import (
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// A source is the bytes of a file, mapped to memory where the system can.
type source struct {
	io.ReaderAt
	mem   []byte // nil if not mapped
	file  *os.File
	size  int64
	close func() error
}

// openSource maps a file, which takes half the time of reading a copy.
func openSource(f *os.File, size int64) *source {
	s := &source{ReaderAt: f, file: f, size: size, close: f.Close}
	if mem, unmap := mapFile(f, size); mem != nil {
		s.mem = mem
		s.close = func() error {
			unmap()
			return f.Close()
		}
	}
	return s
}

// A loader reads tensors of a file to a device, one after the other.
type loader struct {
	file    *File
	dev     backend.Device
	mapped  bool
	scratch []byte                     // used again for each tensor
	bases   map[baseKey]*tensor.Tensor // nil: tensors are read one by one
}

func (f *File) loader(dev backend.Device) *loader {
	// Only Go code may read the mapping: in C a file cut short meanwhile would
	// end the process.
	mapped := f.src.mem != nil && dev != nil && dev.Info().Kind == backend.CPU
	return &loader{file: f, dev: dev, mapped: mapped}
}

// bytes returns n bytes of the file, to be used before the next call, and
// whether they may be written to.
func (l *loader) bytes(off, n int64) (b []byte, own bool, err error) {
	if l.mapped && off+n <= int64(len(l.file.src.mem)) {
		return l.file.src.mem[off:][:n:n], false, nil
	}
	l.scratch = slices.Grow(l.scratch[:0], int(n))[:n]
	return l.scratch, true, readAt(l.file.src, l.scratch, off)
}

// check finds out whether a mapped file was cut short meanwhile: what is left of
// its last page reads as zeros.
func (l *loader) check() error {
	if !l.mapped {
		return nil
	}
	info, err := l.file.src.file.Stat()
	if err == nil && info.Size() < l.file.src.size {
		err = problem(ErrTruncated, "%d bytes, and %d when it was opened", info.Size(), l.file.src.size)
	}
	return err
}

// mine returns bytes that may be written to.
func (l *loader) mine(b []byte, own bool) []byte {
	if own {
		return b
	}
	l.scratch = append(l.scratch[:0], b...)
	return l.scratch
}

// guard runs f and turns the fault of reading a mapped file that was cut short
// meanwhile into an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, fault := r.(interface{ Addr() uintptr }); !fault {
				panic(r)
			}
			err = problem(ErrTruncated, "it lost bytes while it was read")
		}
	}()
	return f()
}

// readAt fills b or says what is missing: a file may shrink while it is open.
func readAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return &Error{Offset: off, Err: problem(ErrTruncated, "read %d bytes, want %d", n, len(b))}
	}
	return &Error{Offset: off, Err: err}
}
