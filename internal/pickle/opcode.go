package pickle

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

const opStop = '.'

// step carries out one opcode. Those that Python's pickle has for classes of
// its own (INST, OBJ, extensions) or other processes (buffers) are refused.
func (r *Reader) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		n, err := r.byte()
		if err == nil && n > 5 {
			err = r.syntax("protocol %d, want at most 5", n)
		}
		return err
	case 0x95: // FRAME
		_, err := r.uint(8)
		return err
	case '(':
		return r.push(mark{})
	case '0': // POP
		if n := len(r.stack); n > 0 && r.stack[n-1] == (mark{}) {
			r.stack = r.stack[:n-1]
			return nil
		}
		_, err := r.pop()
		return err
	case '1': // POP_MARK
		_, err := r.items()
		return err
	case '2': // DUP
		v, err := r.pop()
		if err != nil {
			return err
		}
		r.stack = append(r.stack, v, v)
		return nil
	case 'N':
		return r.push(nil)
	case 0x88:
		return r.push(true)
	case 0x89:
		return r.push(false)
	case 'K', 'M', 'J', 'I', 'L', 'F', 'G', 0x8a, 0x8b:
		return r.number(op)
	case 'U', 'T', 'X', 0x8c, 0x8d, 'C', 'B', 0x8e, 0x96, 'S', 'V':
		return r.text(op)
	case 'c', 0x93:
		return r.global(op)
	case 'R', 0x81:
		return r.call()
	case 'b':
		return r.build()
	case 'P', 'Q':
		return r.persistent(op)
	case 'q', 'r', 'p', 0x94, 'h', 'j', 'g':
		return r.memory(op)
	}
	return r.container(op)
}

func (r *Reader) number(op byte) error {
	switch op {
	case 'K':
		n, err := r.uint(1)
		return r.either(int64(n), err)
	case 'M':
		n, err := r.uint(2)
		return r.either(int64(n), err)
	case 'J':
		n, err := r.uint(4)
		return r.either(int64(int32(n)), err)
	case 'G': // big-endian, as nothing else
		b, err := r.Bytes(8)
		if err != nil {
			return err
		}
		return r.push(math.Float64frombits(new(big.Int).SetBytes(b).Uint64()))
	case 0x8a, 0x8b: // LONG1, LONG4: two's complement, little-endian
		n, err := r.uint(1 + 3*int(op-0x8a))
		if err != nil {
			return err
		}
		b, err := r.Bytes(n)
		if err != nil {
			return err
		}
		return r.push(long(b))
	}
	s, err := r.line()
	if err != nil {
		return err
	}
	switch {
	case op == 'F':
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return r.syntax("%.40q is no number", s)
		}
		return r.push(x)
	case op == 'I' && (s == "00" || s == "01"):
		return r.push(s == "01")
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	if err != nil {
		return r.syntax("%.40q is no whole number of 64 bits", s)
	}
	return r.push(n)
}

func long(b []byte) any {
	be := make([]byte, len(b))
	for i, x := range b {
		be[len(b)-1-i] = x
	}
	n := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// text reads strings and bytes. Python 2's strings, which are bytes too, are
// taken for text.
func (r *Reader) text(op byte) error {
	if op == 'S' || op == 'V' {
		return r.quoted(op)
	}
	size := map[byte]int{'U': 1, 0x8c: 1, 'C': 1, 'T': 4, 'X': 4, 'B': 4, 0x8d: 8, 0x8e: 8, 0x96: 8}[op]
	n, err := r.uint(size)
	if err != nil {
		return err
	}
	b, err := r.Bytes(n)
	if err != nil {
		return err
	}
	switch op {
	case 'C', 'B', 0x8e, 0x96:
		return r.push(b)
	}
	return r.push(string(b))
}

func (r *Reader) quoted(op byte) error {
	s, err := r.line()
	if err != nil {
		return err
	}
	if op == 'S' {
		if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
			return r.syntax("%.40q is no quoted text", s)
		}
		s = s[1 : len(s)-1]
	}
	if strings.Contains(s, `\`) {
		return r.syntax("%.40q: escapes of the text protocol are not read", s)
	}
	return r.push(s)
}

func (r *Reader) either(v any, err error) error {
	if err != nil {
		return err
	}
	return r.push(v)
}

func (r *Reader) memory(op byte) error {
	var key uint64
	var err error
	switch op {
	case 'q', 'h':
		key, err = r.uint(1)
	case 'r', 'j':
		key, err = r.uint(4)
	case 0x94: // MEMOIZE
		key = uint64(len(r.memo))
	default:
		var s string
		if s, err = r.line(); err == nil {
			if key, err = strconv.ParseUint(s, 10, 32); err != nil {
				err = r.syntax("memo %.40q is no number", s)
			}
		}
	}
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' || op == 'g' {
		v, ok := r.memo[key]
		if !ok {
			return r.syntax("memo %d was never set", key)
		}
		return r.push(v)
	}
	v, err := r.pop()
	if err != nil {
		return err
	}
	r.memo[key] = v
	return r.push(v)
}
