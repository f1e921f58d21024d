"""Who may read and write a study: the hook that an application with several users sets."""
