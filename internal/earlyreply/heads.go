package earlyreply

import (
	"net/http"
	"sync"
)

// heads remembers requests by the bytes that they came in. Whoever looks at a map
// asks for the same tiles with the same words again and again, and reading a
// request costs as much as answering it does. What was asked before the last two
// fillings is forgotten.
type heads struct {
	mu         sync.RWMutex
	young, old map[string]*http.Request
	bytes      int
}

const (
	mostRemembered = 16 << 20 // bytes of young heads
	requestBytes   = 1200     // what a request holds besides its head
)

// get is the request of a head, for reading only; nil if it is not remembered.
func (h *heads) get(head []byte) *http.Request {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if r := h.young[string(head)]; r != nil {
		return r
	}
	return h.old[string(head)]
}

func (h *heads) put(head []byte, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.young == nil || h.bytes > mostRemembered {
		h.young, h.old, h.bytes = map[string]*http.Request{}, h.young, 0
	}
	h.young[string(head)] = r
	h.bytes += 2*len(head) + requestBytes
}
