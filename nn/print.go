package nn

import (
	"fmt"
	"reflect"
	"strings"
)

// String returns a module as a tree, as PyTorch prints it. Modules without
// modules inside describe themselves with a method String.
func String(m any) string { return tree(m).print("") }

func (n *node) print(indent string) string {
	if len(n.children) == 0 {
		if s, ok := n.value.(fmt.Stringer); ok {
			return s.String()
		}
		return n.typeName() + "()"
	}
	var b strings.Builder
	b.WriteString(n.typeName() + "(\n")
	for _, c := range n.children {
		fmt.Fprintf(&b, "%s  (%s): %s\n", indent, c.name, c.print(indent+"  "))
	}
	b.WriteString(indent + ")")
	return b.String()
}

func (n *node) typeName() string {
	if n.value == nil {
		return "ModuleList"
	}
	t := reflect.TypeOf(n.value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// tuple prints a list the way Python does, for descriptions.
func tuple(l []int) string {
	s := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(l), "[]")), ", ")
	if len(l) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

// truth prints a bool the way Python does.
func truth(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
