package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"strings"

	"github.com/hekla-ml/hekla/dtype"
)

// loneName is what a .npy file's array is called, as numpy.savez calls it.
const loneName = "arr_0"

// numpyElement returns the element of a type code without byte order, "f4".
func numpyElement(code string) (element, bool) {
	i := map[string]int{"b1": 1, "u1": 2, "i1": 3, "i2": 4, "i4": 5, "i8": 6, "f2": 7, "f4": 9, "f8": 10}[code]
	if i > 0 {
		d := dtype.DType(i) // in the order of package dtype
		return element{code, int64(d.Size()) * 8, d}, true
	}
	bits := map[string]int64{"u2": 16, "u4": 32, "u8": 64, "c8": 64, "c16": 128, "f16": 128, "m8": 64, "M8": 64}[code]
	return element{name: code, bits: bits}, bits > 0
}

// readNPY reads a file of one array.
func (f *File) readNPY() error {
	b, data, err := npyHeader(f.src, f.src.size)
	if err != nil {
		return err
	}
	if have := f.src.size - data; have != b.size {
		return wrongSize(have, b)
	}
	b.at = data
	f.items[loneName] = b
	return nil
}

func wrongSize(have int64, b *block) error {
	kind := ErrLayout
	if have < b.size {
		kind = ErrTruncated
	}
	return problem(kind, "%d bytes of elements, want %d for %s%v", have, b.size, b.name, b.shape)
}

// readNPZ reads an archive of arrays.
func (f *File) readNPZ(members []*zip.File) error {
	f.format = NPZ
	for _, m := range members {
		name, ok := strings.CutSuffix(m.Name, ".npy")
		if !ok {
			return problem(ErrHeader, "the archive has %.200q beside its arrays", m.Name)
		}
		b, err := npyMember(f.src, m)
		if err != nil {
			return within("", name, -1, err)
		}
		f.items[name] = b
	}
	return nil
}

func npyMember(src *source, m *zip.File) (*block, error) {
	var whole block
	if err := whole.place(m); err != nil {
		return nil, err
	}
	size := int64(m.UncompressedSize64)
	if whole.unpack == nil {
		if size < 0 || whole.at+size > src.size {
			return nil, problem(ErrTruncated, "%d bytes in a file of %d", m.UncompressedSize64, src.size)
		}
		b, data, err := npyHeader(io.NewSectionReader(src, whole.at, size), size)
		if err != nil {
			return nil, err
		}
		if size-data != b.size {
			return nil, wrongSize(size-data, b)
		}
		b.at = whole.at + data
		return b, nil
	}
	// Only the header is unpacked now.
	r, err := m.Open()
	if err != nil {
		return nil, problem(ErrHeader, "%v", err)
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, npyMaxHeader+12))
	if err != nil {
		return nil, problem(ErrHeader, "%v", err)
	}
	b, data, err := npyHeader(bytes.NewReader(head), int64(len(head)))
	if err != nil {
		return nil, err
	}
	if size-data != b.size {
		return nil, wrongSize(size-data, b)
	}
	b.at = -1
	b.unpack = func() ([]byte, error) {
		all, err := unzip(m)
		if err != nil {
			return nil, err
		}
		return all[data:], nil
	}
	return b, nil
}

// npyMaxHeader is more than the header of an array of 32 axes takes; NumPy's
// own limit is 10,000.
const npyMaxHeader = 1 << 16

// npyHeader reads what precedes an array and returns where its elements begin.
// See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
func npyHeader(r io.ReaderAt, size int64) (b *block, data int64, err error) {
	head := make([]byte, min(size, 12))
	if err := readAt(r, head, 0); err != nil {
		return nil, 0, err
	}
	if !bytes.HasPrefix(head, []byte("\x93NUMPY")) || len(head) < 12 {
		return nil, 0, problem(ErrHeader, "begins with %.8q, want NumPy's magic and a header", head)
	}
	var n int64
	switch head[6] {
	case 1:
		n, data = int64(binary.LittleEndian.Uint16(head[8:])), 10
	case 2, 3:
		n, data = int64(binary.LittleEndian.Uint32(head[8:])), 12
	default:
		return nil, 0, problem(ErrHeader, "version %d.%d of the npy format, want 1 to 3", head[6], head[7])
	}
	if n > npyMaxHeader {
		return nil, 0, problem(ErrHeader, "a header of %d bytes, want at most %d", n, npyMaxHeader)
	}
	if n > size-data {
		return nil, 0, problem(ErrTruncated, "a header of %d bytes in a file of %d", n, size)
	}
	text := make([]byte, n)
	if err := readAt(r, text, data); err != nil {
		return nil, 0, err
	}
	b, err = parseNPY(string(text))
	return b, data + n, err
}

// parseNPY reads a Python dictionary such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func parseNPY(text string) (*block, error) {
	p := &literal{rest: text}
	b := &block{}
	var descr string
	shape := []int64{}
	seen := map[string]bool{}
	p.want("{")
	for p.err == nil && !p.has("}") {
		key := p.quoted()
		p.want(":")
		if seen[key] {
			p.fail("%q is there twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.peek("[") {
				return nil, problem(ErrDType, "an array of records")
			}
			descr = p.quoted()
		case "fortran_order":
			if b.columns = p.has("True"); !b.columns {
				p.want("False")
			}
		case "shape":
			shape = p.tuple()
		default:
			p.fail("the key %.50q", key)
		}
		if !p.has(",") && !p.peek("}") {
			p.fail("%.20q, want a comma or }", p.rest)
		}
	}
	if p.err == nil && strings.TrimSpace(p.rest) != "" {
		p.fail("%.20q after the end", p.rest)
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			p.fail("no %s", key)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return b, b.describedAs(descr, shape)
}

func (b *block) describedAs(descr string, shape []int64) error {
	if strings.HasSuffix(descr, "O") {
		return problem(ErrCode, "an array of Python objects, which is a pickle")
	}
	var ok bool
	if len(descr) > 1 && strings.ContainsRune("<>|=", rune(descr[0])) {
		b.big = descr[0] == '>' || descr[0] == '=' && bigEndian
		b.element, ok = numpyElement(descr[1:])
	}
	if !ok {
		return problem(ErrDType, "an array of %.40q", descr)
	}
	e := entry{element: b.element, shape: shape}
	var err error
	b.size, err = e.bytes()
	b.shape = e.sizes()
	return err
}

// A literal reads pieces of Python source. After a failure it reads nothing.
type literal struct {
	rest string
	err  error
}

func (p *literal) fail(format string, args ...any) {
	if p.err == nil {
		p.err = problem(ErrHeader, "the array's description has "+format, args...)
	}
}

func (p *literal) peek(s string) bool {
	p.rest = strings.TrimLeft(p.rest, " \n")
	return strings.HasPrefix(p.rest, s)
}

func (p *literal) has(s string) bool {
	if p.err != nil || !p.peek(s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

func (p *literal) want(s string) {
	if !p.has(s) {
		p.fail("%.20q, want %s", p.rest, s)
	}
}

func (p *literal) quoted() string {
	quote := "'"
	if p.has(`"`) {
		quote = `"`
	} else {
		p.want(quote)
	}
	s, rest, ok := strings.Cut(p.rest, quote)
	if !ok {
		p.fail("a text without end")
	}
	p.rest = rest
	return s
}

func (p *literal) tuple() []int64 {
	l := []int64{}
	p.want("(")
	for p.err == nil && !p.has(")") {
		p.peek("")
		digits := strings.TrimLeft(p.rest, "0123456789")
		n, err := strconv.ParseInt(p.rest[:len(p.rest)-len(digits)], 10, strconv.IntSize)
		if err != nil || len(l) >= 64 {
			p.fail("the shape %.40q, want at most 64 whole numbers", p.rest)
			return l
		}
		p.rest = digits
		p.has("L") // of Python 2
		l = append(l, n)
		if !p.has(",") && !p.peek(")") {
			p.fail("%.20q in the shape", p.rest)
		}
	}
	return l
}
