"""The tables of protocol.md in the order of the page's sections, nothing more: fencekv_wire writes and reads frames by them.

An enum is one byte, its code. A line is `KIND NAME [CODE]: FIELD TYPE, ...`; limits are left to the node.
"""

TABLES = """
enum    Status: 0 OK, 1 CONDITION_FAILED, 2 NOT_FOUND, 3 LOCK_BUSY, 4 QUEUED, 16 FENCED, 32 NOT_LEADER, 33 UNAVAILABLE, 34 OUTCOME_UNKNOWN, 35 OVERLOADED, 48 TOO_LARGE, 49 QUOTA_EXCEEDED, 50 INVALID_ARGUMENT, 51 UNSUPPORTED, 52 CLOCK_SKEW, 53 UNAUTHENTICATED, 54 FORBIDDEN, 64 SESSION_EXPIRED, 65 DUPLICATE, 66 TOO_MANY_IN_FLIGHT, 80 COMPACTED
enum    FenceReason: 1 SUPERSEDED, 2 EXPIRED, 3 RELEASED, 4 REVOKED, 5 UNKNOWN_TOKEN, 6 WRONG_LOCK, 7 FENCE_REQUIRED
enum    ReadMode: 1 LINEARIZABLE, 2 STALE
enum    RangeWhat: 1 RECORDS, 2 KEYS, 3 COUNT
enum    Subject: 1 VALUE, 2 MODIFY_REVISION, 3 CREATE_REVISION, 4 VERSION, 5 TOKEN, 6 OWNER
enum    Operator: 1 EQUAL, 2 NOT_EQUAL, 3 LESS, 4 GREATER
enum    EventType: 1 PUT, 2 DELETE
enum    LockEventType: 1 GRANTED, 2 RELEASED, 3 EXPIRED, 4 REVOKED, 5 QUEUED, 6 LEFT_QUEUE
enum    GuardRule: 1 STRICT, 2 MONOTONE
enum    GuardMode: 1 OBSERVE, 2 ENFORCE
enum    NodeRole: 1 LEADER, 2 FOLLOWER, 3 CANDIDATE, 4 LEARNER, 5 STOPPED
enum    ClockVerdict: 0 NOT_JUDGED, 1 WITHIN, 2 OUTSIDE
enum    MemberRole: 0 NONE, 1 LEARNER, 2 VOTER
struct  Nonce: high bits64, low bits64
struct  ClusterId: high bits64, low bits64
struct  RequestId: session u63, sequence u63, floor u63
struct  Fence: lock string16, token u63
struct  Violation: reason FenceReason, lock string16, shown u63, live u63, ended optional FenceReason, endedRevision u63, endedAt u63, successor string16
struct  Record: value bytes32, createRevision u63, modifyRevision u63, version u63, stamp u63, token u63, owner u63, writer u63, writerSequence u63
struct  KeyRange: from bytes16, to bytes16
struct  AsOf: revision u63, stamp u63
struct  ReadTerms: mode ReadMode, atLeastRevision u63, at AsOf, fences list16 Fence
struct  RangeRow: key bytes16, record optional Record
struct  Transaction: comparisons list16 Comparison, then list16 Operation, orElse list16 Operation
struct  Comparison: key bytes16, subject Subject, operator Operator, number i64, value bytes32
union   Operation: 1 PUT PutOperation, 2 DELETE DeleteOperation, 3 DELETE_RANGE DeleteRangeOperation, 4 GET GetOperation, 5 INCREMENT IncrementOperation, 6 APPEND AppendOperation, 7 ACQUIRE AcquireOperation, 8 EXPIRE ExpireOperation
struct  PutOperation: key bytes16, value bytes32, ephemeral bool, ttlMs u63, returnPrevious bool
struct  DeleteOperation: key bytes16, returnPrevious bool
struct  DeleteRangeOperation: range KeyRange
struct  GetOperation: key bytes16
struct  IncrementOperation: key bytes16, delta i64
struct  AppendOperation: key bytes16, value bytes32
struct  AcquireOperation: lock string16, owner bits64, lockDelayMs u63
struct  ExpireOperation: key bytes16, ttlMs u63
union   OperationResult: 1 PUT PutResult, 2 DELETE DeleteResult, 3 DELETE_RANGE DeleteRangeResult, 4 GET GetResult, 5 INCREMENT IncrementResult, 6 APPEND AppendResult, 7 ACQUIRE AcquireResult, 8 EXPIRE ExpireResult
struct  PutResult: previous optional Record
struct  DeleteResult: deleted bool, previous optional Record
struct  DeleteRangeResult: deleted u63
struct  GetResult: record optional Record, remainingMs u63
struct  IncrementResult: number i64
struct  AppendResult: number i64
struct  AcquireResult: token u63
struct  ExpireResult: found bool
struct  NodeStatus: address string16, nodeId bits64, cluster ClusterId, role NodeRole, leader string16, term u63, appliedIndex u63, revision u63, stamp u63, digest bits64, digestIndex u63, featureLevel u31, keys u63, storeBytes u63, sessions u31, locks u31, members list16 string16, version string16
struct  Holder: grant Grant, shared bool, permits u16
struct  Lock: name string16, newestToken u63, grant optional Grant, delayRemainingMs u63, waiters u31, queue list16 Waiter, ended list16 EndedGrant
struct  Grant: token u63, session u63, owner bits64, label string16, revision u63, at u63
struct  Waiter: session u63, owner bits64, label string16, remainingMs u63
struct  EndedGrant: token u63, session u63, how FenceReason, revision u63, at u63
struct  Guard: prefix bytes16, lock string16, rule GuardRule, mode GuardMode
struct  GuardInfo: guard Guard, revision u63, violations u63
struct  GateInfo: resource string16, lock string16, mark u63, revision u63, refused u63
struct  Rejection: revision u63, at u63, session u63, label string16, key bytes16, violation Violation, enforced bool, repeats u63
struct  NodeHealth: address string16, role NodeRole, electionTimeoutMs u31, clock ClockVerdict, wallOffsetMs i64, syncP99Micros u63, pauses u31, longestPauseMs u63, peers list16 PeerHealth
struct  PeerHealth: address string16, phiMilli u31, rhythmMicros u63, roundTripMicros u63, clockOffsetMicros i64, clockErrorMicros i64, clock ClockVerdict, syncP99Micros u63, silenceMs u63, electionTimeoutMs u31, appliedIndex u63
struct  SessionInfo: id u63, label string16, ttlMs u63, remainingMs u63, grants u31, waits u31, keys u31
struct  Setting: name string16, value i64, min i64, max i64
struct  MemberInfo: nodeId bits64, peerAddress string16, clientAddress string16, wanted MemberRole, actual MemberRole, leads bool, behindEntries i64
struct  RecordEvent: type EventType, revision u63, stamp u63, key bytes16, record optional Record, previous optional Record
struct  LockNames: name string16, prefix bool
struct  LockEvent: type LockEventType, revision u63, stamp u63, lock string16, token u63, session u63, owner bits64, label string16, shared bool, permits u16, delayMs u63
request HELLO 1: versionMin u8, versionMax u8, features bits64, client string16, session u63, nonce Nonce
request PING 2:
request STATUS 3:
request HEALTH 4:
request GET 16: key bytes16, mode ReadMode, atLeastRevision u63, fences list16 Fence
request PUT 17: id RequestId, fences list16 Fence, key bytes16, value bytes32, ifRevision i64, ephemeral bool
request DELETE 18: id RequestId, fences list16 Fence, key bytes16, ifRevision i64
request INCREMENT 19: id RequestId, fences list16 Fence, key bytes16, delta i64
request APPEND 20: id RequestId, fences list16 Fence, key bytes16, value bytes32
request RANGE 21: range KeyRange, what RangeWhat, reverse bool, limit u16, terms ReadTerms
request GET_MANY 22: keys list16 bytes16, terms ReadTerms
request TRANSACT 24: id RequestId, fences list16 Fence, transaction Transaction
request TTL 25: key bytes16
request OPEN_SESSION 32: nonce Nonce, ttlMs u63, label string16
request RENEW_SESSION 33: session u63
request CLOSE_SESSION 34: id RequestId
request LIST_SESSIONS 35: after u63, limit u16
request ACQUIRE 48: id RequestId, lock string16, owner bits64, waitMs u63, lockDelayMs u63
request RELEASE 49: id RequestId, lock string16, token u63
request CANCEL_WAIT 50: id RequestId, lock string16, owner bits64
request REVOKE 51: id RequestId, lock string16, token u63
request INSPECT_LOCK 52: lock string16, mode ReadMode
request LIST_LOCKS 53: after string16, limit u16
request RECLAIM 54: id RequestId, lock string16, owner bits64, lockDelayMs u63, token u63
request ACQUIRE_SHARED 55: id RequestId, lock string16, owner bits64, waitMs u63, permits u16
request LIST_HOLDERS 56: lock string16, after u63, limit u16
request SET_GUARD 64: id RequestId, guard Guard, force bool
request REMOVE_GUARD 65: id RequestId, prefix bytes16
request LIST_GUARDS 66: after bytes16, limit u16
request LIST_REJECTIONS 67: after u63, limit u16
request ADMIT 68: id RequestId, resource string16, lock string16, token u63
request REMOVE_GATE 69: id RequestId, resource string16
request LIST_GATES 70: after string16, limit u16
request CHANGE_SETTING 80: id RequestId, name string16, value i64
request LIST_SETTINGS 81:
request LIST_MEMBERS 96:
request PLACE_MEMBER 97: node string16, role MemberRole
request TRANSFER_LEADERSHIP 98: node string16
request WATCH 112: range KeyRange, fromRevision u63, puts bool, deletes bool, previous bool, keysOnly bool, progressMs u31
request CANCEL_WATCH 113: watch bits64
request WATCH_LOCKS 114: locks LockNames, queue bool, fromRevision u63, progressMs u31
request WATCH_REJECTIONS 115: range KeyRange, locks LockNames, enforcedOnly bool, fromRevision u63, progressMs u31
reply   NOTHING 0:
reply   HELLO 1: version u8, features bits64, cluster ClusterId, nodeId bits64, leader string16
reply   NODE_STATUS 2: status NodeStatus
reply   RECORD 3: record Record, ageMs u63
reply   SESSION_OPENED 4: session u63, ttlMs u63
reply   RENEWED 5: liveTokens list16 u63
reply   TOKEN 6: token u63
reply   LOCKS 7: locks list16 Lock, more bool
reply   GUARDS 8: guards list16 GuardInfo, more bool
reply   SESSIONS 9: sessions list16 SessionInfo, more bool
reply   REJECTIONS 10: rejections list16 Rejection, more bool
reply   SETTINGS 11: settings list16 Setting
reply   NODE_HEALTH 12: health NodeHealth
reply   MEMBERS 13: members list16 MemberInfo
reply   NUMBER 14: number i64
reply   RANGE 15: count u63, ageMs u63, rows list16 RangeRow, more bool
reply   RECORDS 16: ageMs u63, records list16 optional Record
reply   TRANSACTED 17: succeeded bool, results list16 OperationResult
reply   TTL 18: remainingMs u63
reply   GATES 20: gates list16 GateInfo, more bool
reply   HOLDERS 21: holders list16 Holder, more bool
reply   COMPACTED 26: oldestRevision u63
reply   WATCHING 27: nextRevision u63
reply   EVENTS 28: whole bool, events list16 RecordEvent
reply   LOCK_EVENTS 29: whole bool, events list16 LockEvent
reply   REJECTION_EVENTS 30: whole bool, events list16 Rejection
reply   FENCED 32: violations list16 Violation, total u31
reply   CONDITION_FAILED 33: actualRevision u63
reply   NOT_LEADER 34: leader string16
reply   CLOCK_SKEW 35: received u63, nodeMillis i64
reply   MESSAGE 36: text string16
reply   SESSION_EXPIRED 37: outcomesGone bool
reply   RESULT_GONE 38:
"""
