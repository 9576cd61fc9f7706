package pickle

import (
	"bytes"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

func decode(b []byte) (any, error) {
	return NewReader(bytes.NewReader(b), 0, int64(len(b))).Next()
}

// Pickles of Python 3.11: python3 -c "import pickle; print(pickle.dumps(V, P))".
func TestPythonsPickles(t *testing.T) {
	dict := func(l ...any) *Dict {
		d := &Dict{}
		for i := 0; i < len(l); i += 2 {
			if err := d.Set(l[i], l[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	for _, c := range []struct {
		name, pickle string
		want         any
	}{
		{"(1, 300, 70000, -1), 2", "\x80\x02(K\x01M,\x01Jp\x11\x01\x00J\xff\xff\xff\xfftq\x00.", Tuple{int64(1), int64(300), int64(70000), int64(-1)}},
		{"1 << 40, 2", "\x80\x02\x8a\x06\x00\x00\x00\x00\x00\x01.", int64(1 << 40)},
		{"-(1 << 63), 2", "\x80\x02\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", int64(-1 << 63)},
		{"1 << 63, 2", "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", new(big.Int).Lsh(big.NewInt(1), 63)},
		{"-1.5, 2", "\x80\x02G\xbf\xf8\x00\x00\x00\x00\x00\x00.", -1.5},
		{"{'a': [None, True], 1: ()}, 4", "\x80\x04\x95\x13\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(N\x88eK\x01)u.", dict("a", &List{[]any{nil, true}}, int64(1), Tuple(nil))},
		{"{2, 3}, 4", "\x80\x04\x95\x08\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x02K\x03\x90.", &Set{[]any{int64(2), int64(3)}}},
		{"b'ab', 4", "\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00C\x02ab\x94.", []byte("ab")},
		{"['é', 2.5, 7, False], 0", "(lp0\nV\xc3\xa9\np1\naF2.5\naI7\naI00\na.", &List{[]any{"é", 2.5, int64(7), false}}},
		{"{'k': 'v'}, 1", "}q\x00X\x01\x00\x00\x00kq\x01X\x01\x00\x00\x00vq\x02s.", dict("k", "v")},
	} {
		got, err := decode([]byte(c.pickle))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ pickle, want string }{
		{"cos\nsystem\n.", "os.system"}, {"K\x01)R.", "a call"}, {"K\x01P1\n.", "outside"}, {"]Nb.", "attributes for a list"},
		{"S'a\\x41'\n.", "escapes"}, {"(.", "a mark"}, {"\x93.", "wants str, found nothing"}, {"\xfe.", "0xfe"}, {"I12x\n.", "no whole number"},
	} {
		_, err := decode([]byte(c.pickle))
		var e *SyntaxError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.pickle, err, c.want)
		}
	}
	for _, cut := range []string{"", "X\x05\x00\x00\x00abc", "(K\x01", "cos\n", "\x8a\xff", "M\x01"} {
		if _, err := decode([]byte(cut)); !errors.Is(err, ErrEnd) {
			t.Errorf("%q: error %v, want ErrEnd", cut, err)
		}
	}
}

func TestMarshal(t *testing.T) {
	shared := &List{[]any{"text", "text"}}
	long := &List{}
	for i := range 5000 {
		long.Items = append(long.Items, int64(i)*1e15)
	}
	want := &Dict{}
	for k, v := range map[string]any{"a": shared, "b": shared, "long": long, "t": Tuple{Tuple{}, int64(-1), int64(256), 0.5, nil, true}} {
		if err := want.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	b, err := Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	d := got.(*Dict)
	a, _ := d.Get("a")
	if again, _ := d.Get("b"); a != again {
		t.Error("a shared list became two")
	}
	// An empty tuple is read as nil.
	items, _ := d.Get("t")
	items.(Tuple)[0] = Tuple{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	loop := &List{}
	loop.Items = []any{loop}
	for _, bad := range []any{loop, 3, &Dict{keys: []any{int8(1)}, values: map[any]any{int8(1): nil}}} {
		if _, err := Marshal(bad); err == nil {
			t.Errorf("%v was written", bad)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("\x80\x04\x95\x13\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(N\x88eK\x01)u."))
	f.Add([]byte("(lp0\nV\xc3\xa9\np1\naF2.5\naI7\naI00\nag1\na."))
	f.Add([]byte("cos\nsystem\n(S'id'\ntR."))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), 0, int64(len(b)))
		v, err := r.Next()
		if r.Offset() > int64(len(b)) {
			t.Fatalf("read to %d of %d bytes", r.Offset(), len(b))
		}
		var syntax *SyntaxError
		if err != nil {
			if !errors.As(err, &syntax) && !errors.Is(err, ErrEnd) {
				t.Fatalf("error %T %v", err, err)
			}
			return
		}
		p, err := Marshal(v)
		if err != nil {
			return // bytes, sets, cycles
		}
		if _, err := decode(p); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
