"""Where does staff practise a whole renewal without touching IMSS? A portal that stands for a stranger's system."""
