package vision

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hekla-ml/hekla/dtype"
)

// ErrFormat is what errors about the content of a file wrap.
var ErrFormat = errors.New("malformed file")

// An IDX is the content of an IDX file, the format of MNIST: one array.
type IDX struct {
	DType dtype.DType
	Shape []int
	Data  []byte // row-major, in the host's byte order
}

// idxTypes are the third byte of a file: http://yann.lecun.com/exdb/mnist.
var idxTypes = map[byte]dtype.DType{
	0x08: dtype.Uint8, 0x09: dtype.Int8, 0x0b: dtype.Int16, 0x0c: dtype.Int32, 0x0d: dtype.Float32, 0x0e: dtype.Float64,
}

// ReadIDX reads an IDX file, packed by gzip or not, to its end.
func ReadIDX(r io.Reader) (*IDX, error) { return hashIDX(r, io.Discard) }

// hashIDX is ReadIDX that copies the unpacked content to hash.
func hashIDX(r io.Reader, hash io.Writer) (*IDX, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, idxError(err, "gzip header")
		}
		defer z.Close()
		return readIDX(io.TeeReader(z, hash))
	}
	return readIDX(io.TeeReader(b, hash))
}

func readIDX(r io.Reader) (*IDX, error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, idxError(err, "the first 4 bytes")
	}
	d, ok := idxTypes[magic[2]]
	if magic[0] != 0 || magic[1] != 0 || !ok || magic[3] == 0 {
		return nil, fmt.Errorf("vision: IDX: %w: begins with % x, want 00 00, a type of 08 to 0e and the number of axes", ErrFormat, magic)
	}
	x := &IDX{DType: d, Shape: make([]int, magic[3])}
	size := int64(d.Size())
	for i := range x.Shape {
		var n [4]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return nil, idxError(err, fmt.Sprintf("the size of axis %d of %d", i, magic[3]))
		}
		s := int64(binary.BigEndian.Uint32(n[:]))
		if s > math.MaxInt32 || s > 0 && size > math.MaxInt/s {
			return nil, fmt.Errorf("vision: IDX: %w: size %d of axis %d, after %v, is too large", ErrFormat, s, i, x.Shape[:i])
		}
		x.Shape[i] = int(s)
		size *= s
	}
	// The buffer grows with what is there, not with what is announced.
	var data bytes.Buffer
	data.Grow(int(min(size, 1<<20)))
	if n, err := io.CopyN(&data, r, size); err != nil {
		return nil, idxError(err, fmt.Sprintf("the elements: found %d bytes, want %d for %v%v", n, size, d, x.Shape))
	}
	var more [1]byte
	switch _, err := io.ReadFull(r, more[:]); err { // which checks gzip's checksum too
	case io.EOF:
	case nil:
		return nil, fmt.Errorf("vision: IDX: %w: bytes follow the %d that %v%v takes", ErrFormat, size, d, x.Shape)
	default:
		return nil, idxError(err, "the end")
	}
	x.Data = data.Bytes()
	if binary.NativeEndian.Uint16([]byte{0, 1}) != 1 { // the file is big-endian
		for i, n := 0, d.Size(); n > 1 && i < len(x.Data); i += n {
			slices.Reverse(x.Data[i : i+n])
		}
	}
	return x, nil
}

func idxError(err error, what string) error {
	var corrupt flate.CorruptInputError
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return fmt.Errorf("vision: IDX: %w: it ends within %s", ErrFormat, what)
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt):
		return fmt.Errorf("vision: IDX: %w: %s: %w", ErrFormat, what, err)
	}
	return fmt.Errorf("vision: IDX: %s: %w", what, err)
}
