package driver

import (
	"bytes"
	"unsafe"
)

// A Linker is a driver that gives out what it compiles, which Compile takes in place
// of the text.
type Linker interface {
	// Links returns an error that names what an older driver lacks.
	Links() error
	// Link compiles PTX for the GPU of the current context.
	Link(text string) (image []byte, err error)
}

type linkFunctions struct{ create, addData, complete, destroy uintptr }

func (f *linkFunctions) table() map[string]*uintptr {
	return map[string]*uintptr{
		"cuLinkCreate_v2": &f.create, "cuLinkAddData_v2": &f.addData, "cuLinkComplete": &f.complete, "cuLinkDestroy": &f.destroy,
	}
}

// inputPTX is the kind of what is linked, by number.
const inputPTX = 1

func (a *API) Links() error { return a.noLinks }

func (a *API) Link(text string) ([]byte, error) {
	c := &compilation{image: append([]byte(text), 0), options: [2]uint32{optErrorLog, optErrorLogSize}}
	f := frames.Get().(*frame)
	defer frames.Put(f)
	f.keep = c // on the heap from here on
	defer func() { f.keep = nil }()
	c.values = [2]uintptr{uintptr(unsafe.Pointer(&c.log)), uintptr(len(c.log))}
	options := []uintptr{uintptr(len(c.options)), uintptr(unsafe.Pointer(&c.options)), uintptr(unsafe.Pointer(&c.values))}
	if err := a.cold("cuLinkCreate", a.link.create, append(options, f.result(0))...); err != nil {
		return nil, err
	}
	state := uintptr(f.out[0])
	defer func() { _ = a.cold("cuLinkDestroy", a.link.destroy, state) }()
	r := call(a.link.addData, []uintptr{state, inputPTX, uintptr(unsafe.Pointer(&c.image[0])), uintptr(len(c.image)), 0, 0, 0, 0})
	if r != Success {
		log, _, _ := bytes.Cut(c.log[:], []byte{0})
		return nil, &Error{Call: "cuLinkAddData", Result: r, Log: string(bytes.TrimSpace(log))}
	}
	f.host = nil
	if err := a.cold("cuLinkComplete", a.link.complete, state, uintptr(unsafe.Pointer(&f.host)), f.result(1)); err != nil {
		return nil, err
	}
	image := bytes.Clone(unsafe.Slice((*byte)(f.host), int(f.out[1]))) // the driver's own goes with the state
	f.host = nil
	return image, nil
}
