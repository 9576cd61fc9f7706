package pickle

// container carries out the opcodes that make and fill tuples, lists,
// dictionaries and sets.
func (r *Reader) container(op byte) error {
	switch op {
	case ']':
		return r.push(&List{})
	case ')':
		return r.push(Tuple(nil))
	case '}':
		return r.push(&Dict{})
	case 0x8f:
		return r.push(&Set{})
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		n := int(op - 0x84)
		t := make(Tuple, n)
		for i := n - 1; i >= 0; i-- {
			v, err := r.pop()
			if err != nil {
				return err
			}
			t[i] = v
		}
		return r.push(t)
	case 'a': // APPEND
		v, err := r.pop()
		if err != nil {
			return err
		}
		return r.appendTo(v)
	case 's': // SETITEM
		v, err := r.pop()
		if err != nil {
			return err
		}
		k, err := r.pop()
		if err != nil {
			return err
		}
		return r.setItems([]any{k, v})
	}
	l, err := r.items()
	switch {
	case op != 't' && op != 'l' && op != 'd' && op != 'e' && op != 'u' && op != 0x90 && op != 0x91:
		return r.syntax("opcode 0x%02x is unknown, or of a kind that is not read", op)
	case err != nil:
		return err
	}
	switch op {
	case 't':
		return r.push(Tuple(l))
	case 'l':
		return r.push(&List{l})
	case 'd':
		if err := r.push(&Dict{}); err != nil {
			return err
		}
		return r.setItems(l)
	case 'e': // APPENDS
		return r.appendTo(l...)
	case 'u': // SETITEMS
		return r.setItems(l)
	case 0x90: // ADDITEMS
		s, err := top[*Set](r, "add")
		if err == nil {
			s.Items = append(s.Items, l...)
		}
		return err
	default: // FROZENSET
		return r.push(&Set{l})
	}
}

func (r *Reader) appendTo(values ...any) error {
	l, err := top[*List](r, "append")
	if err == nil {
		l.Items = append(l.Items, values...)
	}
	return err
}

func (r *Reader) setItems(l []any) error {
	d, err := top[*Dict](r, "set item")
	if err != nil {
		return err
	}
	if len(l)%2 != 0 {
		return r.syntax("a dictionary is given %d keys and values, want pairs", len(l))
	}
	for i := 0; i < len(l); i += 2 {
		if err := d.Set(l[i], l[i+1]); err != nil {
			return r.syntax("%v", err)
		}
	}
	return nil
}

// global reads the name of something outside and asks what it stands for.
func (r *Reader) global(op byte) error {
	var g Global
	var err error
	if op == 'c' {
		if g.Module, err = r.line(); err != nil {
			return err
		}
		if g.Name, err = r.line(); err != nil {
			return err
		}
	} else { // STACK_GLOBAL
		if g.Name, err = popAs[string](r, "a name"); err != nil {
			return err
		}
		if g.Module, err = popAs[string](r, "a name"); err != nil {
			return err
		}
	}
	if r.Global == nil {
		return r.syntax("the name %v, where plain values are wanted", g)
	}
	v, err := r.Global(g)
	return r.either(v, err)
}

// call makes an object: REDUCE calls a function and NEWOBJ a class.
func (r *Reader) call() error {
	args, err := popAs[Tuple](r, "a call")
	if err != nil {
		return err
	}
	f, err := r.pop()
	if err != nil {
		return err
	}
	if r.Call == nil {
		return r.syntax("a call, where plain values are wanted")
	}
	v, err := r.Call(f, args)
	return r.either(v, err)
}

// build gives an object its attributes. Those of a dictionary (PyTorch's
// versions of modules) are left out.
func (r *Reader) build() error {
	state, err := r.pop()
	if err != nil {
		return err
	}
	v, err := r.pop()
	if err != nil {
		return err
	}
	if d, ok := v.(*Dict); ok {
		return r.push(d)
	}
	if r.Build == nil {
		return r.syntax("attributes for a %s, want plain values", Kind(v))
	}
	v, err = r.Build(v, state)
	return r.either(v, err)
}

func (r *Reader) persistent(op byte) error {
	var id any
	var err error
	if op == 'P' {
		id, err = r.line()
	} else {
		id, err = r.pop()
	}
	if err != nil {
		return err
	}
	if r.Persistent == nil {
		return r.syntax("an object outside the pickle, where plain values are wanted")
	}
	v, err := r.Persistent(id)
	return r.either(v, err)
}

func popAs[T any](r *Reader, what string) (T, error) {
	v, err := top[T](r, what)
	if err == nil {
		_, err = r.pop()
	}
	return v, err
}
