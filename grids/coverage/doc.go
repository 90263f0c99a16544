// Package coverage says whether inspection is complete, and why not.
//
// An obligation is a place, a duty and a period; it belongs to the place, never
// to a grid. [Judge] puts it in exactly one state by a pure function. Coverage
// is a pair of integers, met and due (all but the excused), and the exact list
// of what is missing; it is never rounded before a comparison. Complete means
// that the list is empty; nothing due is neither complete nor incomplete.
//
// # Decisions
//
//   - A visit meets a duty when it was done, lies in the period (calendar days
//     of the policy's time zone) and its checklist serves the duty. A visit that
//     found a hazard is done.
//   - No access, refused and not found never meet. An obligation with such a
//     visit in the period and none that met it is attempted, before and after
//     the period's end; after it, the reasons say that the period has ended.
//     Two attempts on different days and different hours ask for a joint visit.
//   - Without any visit an obligation is open until the period ends, then overdue.
//   - A place that is new in a period owes the period if at least the policy's
//     grace days remain; else it is in grace and owes nothing yet.
//   - A place that ends within the period owes it only if it was met before:
//     what no longer stands cannot be visited. It is listed as ended.
//   - Excused needs an exemption with a reason and a reviewer, and yields to a
//     visit that meets the duty: what was done counts as done.
//   - The same visit sent twice is one visit; order never matters.
//   - A question about a period looks, of each duty, at every period that it
//     holds: a half-year at six months of a monthly duty, six obligations a
//     place. A month asked for a half-yearly duty means the half-year around it.
//   - Disputed is for evidence below the bar, which is not graded yet: nothing
//     is disputed today. Daily patrols of beats are another quantity and not here.
package coverage
