package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.google.protobuf.Message;

/**
 * A request speaks for the node whose HELLO opened its connection, and to us. Without this any node
 * could vote, or lead, in another's name. In all five requests {@code server_id} is the sender and
 * {@code peer_id} the receiver; both are "host:port", or with an index or a priority behind it.
 */
final class SenderCheck {
    private SenderCheck() {}

    static boolean isHonest(Message request, String sender, String receiver) {
        if (request instanceof AppendEntriesRequest) {
            AppendEntriesRequest r = (AppendEntriesRequest) request;
            return names(r.getServerId(), sender) && names(r.getPeerId(), receiver);
        }
        if (request instanceof RequestVoteRequest) {
            RequestVoteRequest r = (RequestVoteRequest) request;
            return names(r.getServerId(), sender) && names(r.getPeerId(), receiver);
        }
        if (request instanceof ReadIndexRequest) {
            ReadIndexRequest r = (ReadIndexRequest) request;
            return names(r.getServerId(), sender)
                    && (!r.hasPeerId() || names(r.getPeerId(), receiver));
        }
        if (request instanceof InstallSnapshotRequest) {
            InstallSnapshotRequest r = (InstallSnapshotRequest) request;
            return names(r.getServerId(), sender) && names(r.getPeerId(), receiver);
        }
        if (request instanceof TimeoutNowRequest) {
            TimeoutNowRequest r = (TimeoutNowRequest) request;
            return names(r.getServerId(), sender) && names(r.getPeerId(), receiver);
        }
        return true; // Ping and GetFile name nobody.
    }

    private static boolean names(String peerId, String address) {
        return peerId.startsWith(address)
                && (peerId.length() == address.length() || peerId.charAt(address.length()) == ':');
    }
}
