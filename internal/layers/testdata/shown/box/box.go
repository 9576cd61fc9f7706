// Package box has a noun for each way in which an Example shows one, or not.
package box

// Named has an Example of its name.
type Named struct{}

// Method has an Example of its method.
type Method struct{}

// Do does nothing.
func (Method) Do() {}

// Made has an Example of the function that makes it.
type Made struct{}

// NewMade makes one.
func NewMade() *Made { return &Made{} }

// Option is named in the code of another's Example.
type Option struct{ X int }

// Called is made in another's Example by a function.
type Called struct{}

// Open makes one.
func Open() Called { return Called{} }

// Maker makes others.
type Maker struct{}

// Built is made by the method of its name, which an Example calls.
func (Maker) Built() *Built { return &Built{} }

// Built is such a noun.
type Built struct{}

// Same has the name of a method that an Example calls, but is not what it makes.
type Same struct{}

// Same makes a Built.
func (Maker) Same() *Built { return &Built{} }

// Held is named in a type that an Example uses.
type Held struct{}

// Inner is shown by an Example inside the package.
type Inner struct{}

// Bare has no Example.
type Bare struct{}

// Mute has an Example without an output, which never runs.
type Mute struct{}

// OnlyTested is named in a test that is no Example.
type OnlyTested struct{}
