package spirv

// If runs then where cond holds.
func (m *Module) If(cond Value, then func()) { m.IfElse(cond, then, nil) }

// IfElse runs then where cond holds, and els elsewhere.
func (m *Module) IfElse(cond Value, then, els func()) {
	yes, no, end := m.id(), m.id(), m.id()
	if els == nil {
		no = end
	}
	m.emit(opSelectionMerge, end, 0)
	m.emit(opBranchCond, cond.id, yes, no)
	m.emit(opLabel, yes)
	then()
	m.emit(opBranch, end)
	if els != nil {
		m.emit(opLabel, no)
		els()
		m.emit(opBranch, end)
	}
	m.emit(opLabel, end)
}

// A Var is a variable of an invocation.
type Var struct {
	m  *Module
	id uint32
	t  Type
}

// Var returns a new variable that starts as v, wherever control comes by.
func (m *Module) Var(v Value) Var {
	x := Var{m, m.id(), v.t}
	m.locals = instr(m.locals, opVariable, m.pointer(classFunction, m.typeID(v.t)), x.id, classFunction)
	x.Set(v)
	return x
}

// Get returns the present value.
func (x Var) Get() Value { return x.m.result(x.t, opLoad, x.id) }

// Set changes it.
func (x Var) Set(v Value) {
	x.m.want(x.t, v)
	x.m.emit(opStore, x.id, v.id)
}

// For runs body for i = 0, 1, ... below n, words.
func (m *Module) For(n Value, body func(i Value)) {
	m.Range(m.Word(0), n, m.Word(1), body)
}

// Range runs body for i = from, from+step, ... below to, words.
func (m *Module) Range(from, to, step Value, body func(i Value)) {
	i := m.Var(from)
	m.While(func() Value { return i.Get().Less(to) }, func() {
		at := i.Get()
		body(at)
		i.Set(at.Add(step))
	})
}

// While runs body as long as cond holds.
func (m *Module) While(cond func() Value, body func()) {
	head, test, run, next, end := m.id(), m.id(), m.id(), m.id(), m.id()
	m.emit(opBranch, head)
	m.emit(opLabel, head)
	m.emit(opLoopMerge, end, next, 0)
	m.emit(opBranch, test)
	m.emit(opLabel, test)
	m.emit(opBranchCond, cond().id, run, end)
	m.emit(opLabel, run)
	body()
	m.emit(opBranch, next)
	m.emit(opLabel, next)
	m.emit(opBranch, head)
	m.emit(opLabel, end)
}
