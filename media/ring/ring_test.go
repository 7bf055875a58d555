package ring

import (
	"sync"
	"testing"
)

func push(r *Ring[int], v int) {
	if s := r.Reserve(); s != nil {
		*s = v
		r.Commit()
	}
}

func pop(r *Ring[int]) (int, bool) {
	s := r.Front()
	if s == nil {
		return 0, false
	}
	v := *s
	r.Release()
	return v, true
}

func TestOldestIsDropped(t *testing.T) {
	r := New[int](4, nil)
	for i := range 10 {
		push(r, i)
	}
	for want := 6; want < 10; want++ {
		if v, ok := pop(r); !ok || v != want {
			t.Fatalf("got %d %v, want %d", v, ok, want)
		}
	}
	if _, ok := pop(r); ok {
		t.Fatal("an empty ring gave a value")
	}
	if in, out, dropped := r.Counters(); in != 10 || out != 4 || dropped != 6 {
		t.Fatalf("in %d out %d dropped %d", in, out, dropped)
	}
}

// While the reader holds the oldest slot of a full ring the writer may neither
// wait nor tear it.
func TestReaderHoldsTheSlotTheWriterWants(t *testing.T) {
	r := New[int](2, nil)
	push(r, 1)
	push(r, 2)
	s := r.Front()
	if r.Reserve() != nil {
		t.Fatal("the writer got the slot the reader holds")
	}
	if *s != 1 {
		t.Fatalf("the held value changed to %d", *s)
	}
	r.Release()
	push(r, 3)
	for _, want := range []int{2, 3} {
		if v, ok := pop(r); !ok || v != want {
			t.Fatalf("got %d %v, want %d", v, ok, want)
		}
	}
}

// Under a racing reader values come in order, none twice, and every value is
// either read or counted as dropped. Run with -race.
func TestWriterAndReaderRace(t *testing.T) {
	const n = 200_000
	r := New[[4]int](8, nil)
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for i := 1; i <= n; i++ {
			if s := r.Reserve(); s != nil {
				*s = [4]int{i, i, i, i}
				r.Commit()
			}
		}
	})
	last, read := 0, uint64(0)
	drain := func() {
		for s := r.Front(); s != nil; s = r.Front() {
			v := *s
			r.Release()
			if v[0] != v[3] || v[0] <= last {
				t.Errorf("read %v after %d", v, last)
				return
			}
			last, read = v[0], read+1
		}
	}
	for running := true; running; {
		select {
		case <-r.Ready():
		case <-done:
			running = false
		}
		drain()
	}
	wg.Wait()
	in, out, dropped := r.Counters()
	if in != n || out != read || in != out+dropped {
		t.Fatalf("in %d out %d dropped %d read %d", in, out, dropped, read)
	}
}

func TestNoAllocation(t *testing.T) {
	r := New[int](4, nil)
	if n := testing.AllocsPerRun(100, func() { push(r, 1); pop(r) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
