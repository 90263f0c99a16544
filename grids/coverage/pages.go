package coverage

// pages is a list that is never changed: a new one with some values replaced
// shares the pages that none of them lies on. So readers keep what they look at
// while a visit is judged, and a visit costs a page and not the district.
type pages[T any] struct {
	of   [][]T
	size int
}

const pageSize = 128

// paged takes a list over.
func paged[T any](list []T) pages[T] {
	p := pages[T]{size: len(list)}
	for first := 0; first < len(list); first += pageSize {
		p.of = append(p.of, list[first:min(first+pageSize, len(list))])
	}
	return p
}

// at is the value at an index. It is shared: do not change it.
func (p *pages[T]) at(i int) *T { return &p.of[i/pageSize][i%pageSize] }

// edit begins a new list.
func (p *pages[T]) edit() *edit[T] {
	return &edit[T]{pages: pages[T]{append([][]T(nil), p.of...), p.size}, own: map[int]bool{}}
}

// edit is a list while it is made from another one.
type edit[T any] struct {
	pages[T]
	own map[int]bool // pages that are no longer shared
}

// mutable is the value at an index, to be changed before the list is given out.
func (e *edit[T]) mutable(i int) *T {
	n := i / pageSize
	if !e.own[n] {
		e.of[n] = append(make([]T, 0, pageSize), e.of[n]...)
		e.own[n] = true
	}
	return &e.of[n][i%pageSize]
}

// add appends a value.
func (e *edit[T]) add(v T) {
	n := e.size / pageSize
	if e.size%pageSize == 0 {
		e.of = append(e.of, make([]T, 0, pageSize))
		e.own[n] = true
	}
	if !e.own[n] {
		e.of[n] = append(make([]T, 0, pageSize), e.of[n]...)
		e.own[n] = true
	}
	e.of[n] = append(e.of[n], v)
	e.size++
}
