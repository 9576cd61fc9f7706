package backend

import (
	"errors"
	"slices"
	"sync"
)

// A ListRunner is a device that runs many elementwise calls of one function as
// one piece of work, such as a step of an optimizer over all parameters.
//
// The calls have the same Fn and Uniforms, and operands of the same types; sizes
// and layouts are each call's own. None writes what another reads or writes, so
// they may run in any order or at once. None is empty.
//
// Wrappers that do not know it run calls one by one: it is not looked for behind
// them. RunList is how callers use it.
type ListRunner interface {
	// RunList enqueues all calls, with the results of Run, bit by bit. An error
	// that Is ErrUnsupported means that none ran.
	RunList(calls []*Call) error
}

// RunList enqueues calls that are as a ListRunner takes them: at once if d is
// one, or one after the other.
func RunList(d Device, calls []*Call) error {
	if l, ok := d.(ListRunner); ok && len(calls) > 1 {
		if err := l.RunList(calls); !errors.Is(err, ErrUnsupported) {
			return err
		}
	}
	for _, c := range calls {
		if err := d.Run(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *shared) RunList(calls []*Call) error {
	if l, ok := s.Device.(ListRunner); ok {
		return l.RunList(calls)
	}
	return ErrUnsupported
}

// A callList is a list of calls on a pool device's own buffers.
type callList struct {
	calls []Call
	refs  []*Call
	views []View
}

var callLists = sync.Pool{New: func() any { return new(callList) }}

// RunList hands calls on as Run does.
func (p *pool) RunList(calls []*Call) error {
	dev, ok := p.dev.(ListRunner)
	if !ok {
		return ErrUnsupported
	}
	foreign, views := false, 0
	for _, c := range calls {
		f, err := p.foreign(c)
		if err != nil {
			return err
		}
		foreign = foreign || f
		views += len(c.In) + len(c.Out)
	}
	if !foreign {
		return dev.RunList(calls)
	}
	l := callLists.Get().(*callList)
	defer l.put()
	l.views = slices.Grow(l.views, views) // for all: no later append may move them
	l.calls = slices.Grow(l.calls, len(calls))[:len(calls)]
	for i, c := range calls {
		own := &l.calls[i]
		err := rewrite(c, p.own, func(c *Call) error {
			*own = *c
			own.In, own.Out = l.keep(c.In), l.keep(c.Out)
			return nil
		})
		if err != nil {
			return err
		}
		l.refs = append(l.refs, own)
	}
	return dev.RunList(l.refs)
}

func (l *callList) keep(views []View) []View {
	at := len(l.views)
	l.views = append(l.views, views...)
	return l.views[at:len(l.views):len(l.views)]
}

// put gives l back, holding on to no buffer.
func (l *callList) put() {
	clear(l.views[:cap(l.views)])
	clear(l.calls)
	clear(l.refs)
	l.calls, l.refs, l.views = l.calls[:0], l.refs[:0], l.views[:0]
	callLists.Put(l)
}
