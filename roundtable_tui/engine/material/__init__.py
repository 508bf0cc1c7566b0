"""What comes with a question: attachments, and the questions asked before it in its conversation."""
