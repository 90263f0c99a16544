// Package forecast says what is to be expected of a period that still runs: the
// chance that each unit completes it, the visits a day that this takes, and the
// open places that are likeliest to be missed. It is pure: the same courses give
// the same figures to the last bit, in whatever order the units come.
//
// # The model
//
// A unit completes a period if it meets everything due, so of R obligations that
// are open it must meet each. Each is met by the end with the same probability
// q, the unit's own; the chance is q^R, over what q may be: a grid of values
// from 4 % to exactly 1.
//
//   - What is usual: every past period of every unit, cut where the same part of
//     it had passed, tells how many obligations open then were met later and how
//     many never. The distribution of q under which all this is likeliest
//     (Kiefer and Wolfowitz 1956, by expectation-maximization as in Laird 1978),
//     smoothed, since units are few.
//   - What is the unit's own: its past periods, oldest first, by Bayes' rule.
//     From one period to the next it goes on as it was with probability keep, or
//     is as if drawn anew. keep is learned where units have several past periods,
//     and 0.95 where they have one.
//   - What it can do: nobody is expected to meet more in the days left than the
//     most that they ever met in as large a part of a period, a quarter more, and
//     two standard deviations. So a unit that stood still is not forecast by its
//     good past alone.
//
// The pace of the running period counts by what remains, and by nothing else: see
// docs/forecast.md for what came of trying.
//
// While something remains no chance is above [Surest]. There is no forecast
// before a sixth of the period has passed, of a unit without a past period, nor
// from fewer than [MinUnits] units: see [Reason]. A band holds 80 %.
//
// # How good it is
//
// The demo's September from August, and its October from both, on days 10, 15,
// 20 and 25, for class I of 565 communities (4,520 forecasts, a quarter of which
// completed): Brier score 0.096, where the base rate itself scores 0.184. Where
// 0–20 % was said (2,826 times, 3.5 % in the mean) 3.5 % completed; of 20–50 %
// (592, 33.9 %) 33.8 %; of 50–80 % (831, 67.2 %) 69.7 %; above (271, 82.5 %)
// 82.3 %. The demo's units keep their ways and miss places one by one, as the
// model has it; real ones have holidays, absences and visits in batches, and
// nothing has been measured on them yet.
package forecast
