// Package certificate puts a unit's coverage of a period into a document that
// can be checked without asking the service: who signed it, that its figures
// agree with each other, and what it says of any one place.
//
// A certificate is counts and a Merkle root over the state of every obligation,
// signed with Ed25519. A proof shows one place's obligations under that root,
// or that the place has none. [Check] and [CheckProof] need nothing but the
// bytes and the public keys that the reader trusts, and name each [Flaw].
//
// # The format, for whoever writes a second reader
//
//   - Documents are canonical JSON: RFC 8785 (keys in order, no white space)
//     with integers from 0 to 2^53-1, strings, true, false and null alone. All
//     of a document is canonical, so that each has exactly one form and a byte
//     that differs is a fault; a file that an editor has set anew is refused.
//   - Signed is "gridward/coverage-certificate/1", a byte 0 and the statement.
//     The prefix keeps the key's signatures on other documents apart from these.
//   - A leaf is a byte 1 (the version), the place and the visit (16 bytes each,
//     zeros for none) and six texts, each with its length in two bytes, high one
//     first: duty, period, state, holder at the visit, holder at the close,
//     category.
//   - Leaves are in the order of place (by byte), duty and period. Periods are
//     compared as text: order must be total and the same for all, no more, and
//     as text "2026-12" before "2026-H1" is as good as any. No two leaves agree
//     in all three.
//   - Hashes, root and audit paths are RFC 6962's with SHA-256; hashes, keys and
//     signatures are written in lower-case hexadecimal.
//
// # Decisions
//
//   - A proof is a run of neighbours: the last leaf before the place, all of the
//     place's, the first leaf after it. So leaving out an obligation shows as a
//     gap, and a place without any is the same proof with nothing in the middle.
//     The price is that a proof tells of up to two obligations of other places.
//   - Whoever signs could put leaves out of order, and hide one from a proof of
//     absence. A single proof cannot show that; whoever holds all obligations
//     can, with [NewLeaves] and [Certificate.Agrees].
//   - Every flaw is told, not the first alone: figures that do not add up under a
//     signature that is right are the issuer's mistake, under a wrong one they
//     were changed afterwards.
//   - [Issue] counts the obligations itself, and compares: the counts come from a
//     roll-up, the leaves from a list, and a certificate on which the two differ
//     must not exist.
//   - A certificate has the public key with it, so that a reader who does not know
//     the key can still be told that the signature fits; it is trusted only if
//     the reader says so.
package certificate
