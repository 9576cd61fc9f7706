package nn

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/hekla-ml/hekla/tensor"
)

// A role is what a struct field means to its module.
type role uint8

const (
	parameter role = iota
	buffer
	child
	embedded
)

type field struct {
	index int
	name  string
	role  role
}

var (
	tensorType = reflect.TypeFor[*tensor.Tensor]()
	structs    sync.Map // reflect.Type of a struct to []field
	holders    sync.Map // reflect.Type to bool
)

// fieldsOf returns the fields of a struct that matter. The tag nn:"name" gives
// a name, nn:"buffer" makes a tensor a buffer, nn:"name,buffer" both, nn:"-"
// hides a field.
func fieldsOf(t reflect.Type) []field {
	if l, ok := structs.Load(t); ok {
		return l.([]field)
	}
	l := []field{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("nn")
		if tag == "-" || !f.IsExported() && !(f.Anonymous && f.Type.Kind() == reflect.Struct) {
			continue
		}
		name, isBuffer := strings.CutSuffix(tag, "buffer")
		name = strings.TrimSuffix(name, ",")
		r := child
		switch {
		case f.Type == tensorType && isBuffer:
			r = buffer
		case f.Type == tensorType:
			r = parameter
		case f.Type.Kind() != reflect.Interface && !holdsTensors(f.Type):
			continue // of an interface, the value decides
		case f.Anonymous && name == "":
			r = embedded
		}
		if name == "" {
			name = snake(f.Name)
		}
		l = append(l, field{i, name, r})
	}
	structs.Store(t, l)
	return l
}

// holdsTensors reports whether a type is a tensor or a module: something with a
// method Forward, or made of such things.
func holdsTensors(t reflect.Type) bool {
	if known, ok := holders.Load(t); ok {
		return known.(bool)
	}
	holds := holdsBeyond(t, map[reflect.Type]bool{})
	holders.Store(t, holds)
	return holds
}

func holdsBeyond(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == tensorType {
		return true
	}
	if seen[t] || t == tensorType.Elem() {
		return false
	}
	seen[t] = true
	if _, ok := t.MethodByName("Forward"); ok {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return holdsBeyond(t.Elem(), seen)
	case reflect.Map:
		return t.Key().Kind() == reflect.String && holdsBeyond(t.Elem(), seen)
	case reflect.Struct:
		if _, ok := reflect.PointerTo(t).MethodByName("Forward"); ok {
			return true
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if (f.IsExported() || f.Anonymous) && f.Tag.Get("nn") != "-" && holdsBeyond(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// snake returns the PyTorch spelling of a Go name: RunningMean is running_mean,
// QKVProj is qkv_proj, Conv1 is conv1.
func snake(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		if unicode.IsUpper(c) && i > 0 && r[i-1] != '_' &&
			(!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// compareKeys orders keys of maps, numbers by their size.
func compareKeys(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}
