package layers

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Nouns that need no Example, by package or by package.Name, and why.
var unshownFor = map[string]string{
}

func TestExamples(t *testing.T) {
	found, err := Unshown(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]string{}
	for _, n := range found {
		m[n.Package] = append(m[n.Package], n.Name)
	}
	for k, v := range m {
		fmt.Println(k, v)
	}
	fmt.Println(len(found))
}
