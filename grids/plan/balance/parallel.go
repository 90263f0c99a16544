package balance

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls fn for 0 … n-1 on all cores and waits.
func parallel(n int, fn func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	all.Wait()
}

// meter tells how much of the tries is done.
type meter struct {
	mu    sync.Mutex
	done  float64
	total float64
	said  float64
	tell  func(float64)
}

func newMeter(tell func(float64), total float64) *meter { return &meter{total: total, tell: tell} }

func (m *meter) add(tries int) {
	if m.tell == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += float64(tries)
	if share := min(0.99, m.done/m.total); share >= m.said+0.01 { // a hundred times at most
		m.said = share
		m.tell(share)
	}
}

func (m *meter) finish() {
	if m.tell != nil {
		m.tell(1)
	}
}
