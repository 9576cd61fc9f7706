package box_test

import (
	"fmt"
	"testing"

	crate "github.com/hekla-ml/hekla/box"
)

type holder struct{ held crate.Held }

func ExampleNamed() {
	fmt.Println(crate.Option{X: 1}.X, crate.Open())
	b := crate.Maker{}
	fmt.Println(b.Built() == b.Same())
	// Output: anything
}

func ExampleMethod_Do() {
	fmt.Println(holder{})
	// Output: anything
}

func ExampleNewMade() {
	fmt.Println()
	// Output: anything
}

func ExampleMute() {
	var m crate.Mute
	_ = m
}

func TestOnly(t *testing.T) { _ = crate.OnlyTested{} }
