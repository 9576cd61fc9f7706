package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A parser reads the header token by token rather than into a map, which would
// hide that a name is there twice.
type parser struct {
	dec *json.Decoder
}

// metadataKey is the entry of the header that is no tensor.
const metadataKey = "__metadata__"

// parseHeader returns the tensors, in the order of the header, and the
// metadata. It does not know how long the data is.
func parseHeader(b []byte) (tensors []*entry, metadata map[string]string, err error) {
	// encoding/json would replace bad bytes, and two names could become one.
	if !utf8.Valid(b) {
		return nil, nil, problem(ErrHeader, "not UTF-8")
	}
	if len(b) == 0 || b[0] != '{' {
		return nil, nil, problem(ErrHeader, "begins with %.20q, want a JSON object's {", b)
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(b))}
	p.dec.UseNumber()
	seen := map[string]bool{}
	err = p.object("the header", func(key string) error {
		if seen[key] {
			return fmt.Errorf("%.200q is there twice", key)
		}
		seen[key] = true
		if key == metadataKey {
			metadata, err = p.metadata()
			return err
		}
		e, err := p.entry()
		if err != nil {
			return fmt.Errorf("tensor %.200q: %w", key, err)
		}
		e.name = key
		tensors = append(tensors, e)
		return nil
	})
	if err != nil {
		return nil, nil, &Error{Offset: p.dec.InputOffset(), Err: fmt.Errorf("%w: %w", ErrHeader, err)}
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return nil, nil, &Error{Offset: p.dec.InputOffset(), Err: problem(ErrHeader, "more than one JSON value, want only spaces after the first")}
	}
	return tensors, metadata, nil
}

func (p *parser) metadata() (map[string]string, error) {
	m := map[string]string{}
	err := p.object(metadataKey, func(key string) error {
		if _, ok := m[key]; ok {
			return fmt.Errorf("%s has %.200q twice", metadataKey, key)
		}
		var err error
		m[key], err = p.text(metadataKey + " values")
		return err
	})
	return m, err
}

// entry reads {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}.
func (p *parser) entry() (*entry, error) {
	var e entry
	seen := map[string]bool{}
	err := p.object("the entry", func(key string) (err error) {
		if seen[key] {
			return fmt.Errorf("%.200q is there twice", key)
		}
		seen[key] = true
		switch key {
		case "dtype":
			var name string
			if name, err = p.text(key); err != nil {
				return err
			}
			var ok bool
			if e.element, ok = elementByName(name); !ok {
				return problem(ErrDType, "unknown dtype %.50q", name)
			}
			return nil
		case "shape":
			e.shape, err = p.ints(key, math.MaxInt)
			return err
		case "data_offsets":
			var at []int64
			if at, err = p.ints(key, math.MaxInt64); err != nil {
				return err
			}
			if len(at) != 2 {
				return fmt.Errorf("data_offsets has %d numbers, want begin and end", len(at))
			}
			e.begin, e.end = at[0], at[1]
			return nil
		}
		// An unknown field might change what the others mean.
		return fmt.Errorf("unknown field %.50q, want dtype, shape and data_offsets", key)
	})
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if err == nil && !seen[key] {
			err = fmt.Errorf("no %s", key)
		}
	}
	return &e, err
}

// object reads an object, calling field to read the value of each key.
func (p *parser) object(what string, field func(key string) error) error {
	if err := p.open('{', what); err != nil {
		return err
	}
	for p.dec.More() {
		key, err := p.text("keys of " + what)
		if err != nil {
			return err
		}
		if err := field(key); err != nil {
			return err
		}
	}
	_, err := p.dec.Token()
	return eof(err)
}

func (p *parser) ints(what string, limit int64) ([]int64, error) {
	if err := p.open('[', what); err != nil {
		return nil, err
	}
	list := []int64{}
	for p.dec.More() {
		t, err := p.dec.Token()
		if err != nil {
			return nil, eof(err)
		}
		num, ok := t.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%s holds %s, want whole numbers", what, describe(t))
		}
		n, err := strconv.ParseInt(num.String(), 10, 64)
		if err != nil || n < 0 || n > limit || strings.HasPrefix(num.String(), "-") {
			return nil, fmt.Errorf("%s holds %.40s, want a whole number of 0 to %d", what, num, limit)
		}
		list = append(list, n)
	}
	_, err := p.dec.Token()
	return slices.Clip(list), eof(err)
}

func (p *parser) text(what string) (string, error) {
	t, err := p.dec.Token()
	if err != nil {
		return "", eof(err)
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%s: found %s, want a string", what, describe(t))
	}
	return s, nil
}

func (p *parser) open(d json.Delim, what string) error {
	t, err := p.dec.Token()
	if err != nil {
		return eof(err)
	}
	if t != d {
		return fmt.Errorf("%s: found %s, want %s", what, describe(t), d)
	}
	return nil
}

func describe(t json.Token) string { return fmt.Sprintf("%.40q", fmt.Sprint(t)) }

// eof says what the end of the header within an object means.
func eof(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the JSON text ends too early")
	}
	return err
}
